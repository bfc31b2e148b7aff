# Makes survey.csv. Run from this folder, after inference.R has made people.csv: Rscript survey.R
# REML and shrunken means of metafor; means, slopes, contrasts at the same mix of people and bounds
# with the covariances of clubSandwich. Tests read the file and need no R.
suppressMessages({library(metafor); library(clubSandwich)})

rows <- list()
keep <- function(key, value) rows[[length(rows) + 1]] <<- data.frame(key = key, value = value)

set.seed(710)
n <- c(138, 25, 43, 37, 14, 27, 21, 28, 34, 30, 44, 77, 21, 62, 74, 14, 21)
means <- round(3.6 + .25 * rnorm(17) + 1.1 / sqrt(n) * rnorm(17), 3)
keep("n", n)
keep("means", means)
exact <- list(threshold = 1e-14, maxiter = 10000)
fit <- rma(means, 1.21 / n, method = "REML", control = exact)
keep("mean", fit$b[1]); keep("tau2", fit$tau2); keep("q", fit$QE); keep("q_p", fit$QEp)
shrunken <- blup(fit)
keep("shrunken", shrunken$pred)
hartung <- rma(means, 1.21 / n, method = "REML", test = "adhoc", control = exact)
keep("mean limits", c(hartung$ci.lb, hartung$ci.ub))
# Units more alike than chance: no variance between them.
alike <- rma(3.6 + (means - 3.6) / 10, 1.21 / n, method = "REML", control = exact)
keep("alike", c(alike$b[1], alike$tau2))
limits <- sapply(c(0, 1, 7, 20), function(k) prop.test(k, 20, correct = FALSE)$conf.int)
keep("wilson low", limits[1, ]); keep("wilson high", limits[2, ])
keep("range of 17", qtukey(c(.05, .95), 17, Inf))

# Means and slopes of few units.
people <- read.csv("people.csv")
cr2 <- function(name, fit, cluster, term) {
  test <- coef_test(fit, vcovCR(fit, cluster = cluster, type = "CR2"), test = "Satterthwaite")
  i <- match(term, names(coef(fit)))
  keep(name, c(unname(coef(fit)[i]), test$SE[i], test$df_Satt[i]))
}
mean_of <- function(name, formula, rows = TRUE, weights = NULL) {
  part <- people[rows, ]
  part$w <- if (is.null(weights)) 1 else weights[rows]
  fit <- if (is.null(weights)) lm(formula, part) else lm(formula, part, weights = w)
  cr2(name, fit, part$unit, "(Intercept)")
}
w <- 1 + people$age / 10 + 5 * (people$unit == "U16")
mean_of("mean hours", hours ~ 1)
mean_of("mean employed", employed ~ 1)
mean_of("mean employed route 1", employed ~ 1, people$route == 1)
mean_of("mean employed route 2", employed ~ 1, people$route == 2)
mean_of("weighted hours", hours ~ 1, weights = w)
mean_of("weighted employed", employed ~ 1, weights = w)
mean_of("weighted two units", hours ~ 1, people$unit %in% c("U03", "U16"), w)
cr2("slope hours age", lm(hours ~ age, people), people$unit, "age")

# G-computation: a fit in either route predicts for everybody of a population. The coefficient of
# the route is that contrast if covariates are measured from their means in the population.
model <- hours ~ first * (age + long + none)
people$first <- as.numeric(people$route == 1)
people$long <- as.numeric(people$education == "long")
people$none <- as.numeric(people$education == "none")
fit <- lm(model, people)
for (whose in c("both", "first", "second")) {
  theirs <- switch(whose, both = TRUE, first = people$first == 1, second = people$first == 0)
  target <- people[theirs, ]
  predicted <- lapply(1:0, function(z) predict(fit, transform(target, first = z)))
  keep(paste("g-computation", whose), mean(predicted[[1]]) - mean(predicted[[2]]))
  centred <- people
  for (name in c("age", "long", "none")) centred[[name]] <- people[[name]] - mean(target[[name]])
  cr2(paste("own slopes", whose), lm(model, centred), people$unit, "first")
}
cr2("common slopes", lm(hours ~ first + age + long + none, people), people$unit, "first")

# Four in seven answered. Bounds of the share satisfied, with the limits of Imbens and Manski.
people$answered <- as.numeric(seq_len(nrow(people)) %% 7 < 4)
people$content <- as.numeric(people$satisfaction >= 4)
people$least <- people$answered * people$content
people$most <- people$least + 1 - people$answered
bound <- function(formula) {
  fit <- lm(formula, people)
  test <- coef_test(fit, vcovCR(fit, cluster = people$unit, type = "CR2"), test = "Satterthwaite")
  c(unname(coef(fit)), test$SE, test$df_Satt)
}
low <- bound(least ~ 1); high <- bound(most ~ 1)
keep("least", low); keep("most", high)
wilson <- function(p, se, times) {
  n <- p * (1 - p) / se^2
  (p + times^2 / (2 * n) + c(-1, 1) * times * sqrt(p * (1 - p) / n + times^2 / (4 * n^2))) / (1 + times^2 / n)
}
imbens_manski <- function(low, high, level) {
  df <- min(low[3], high[3])
  apart <- (high[1] - low[1]) / max(low[2], high[2])
  times <- uniroot(function(c) pt(c + apart, df) - pt(-c, df) - level, c(0, 20), tol = 1e-14)$root
  c(wilson(low[1], low[2], times)[1], wilson(high[1], high[2], times)[2], times)
}
keep("imbens manski 95", imbens_manski(low, high, .95))
keep("imbens manski 80", imbens_manski(low, high, .80))
# Nearly everybody answered, the units differ much: between one- and two-sided.
people$close <- people$content * (seq_len(nrow(people)) %% 100 > 0)
people$far <- people$close + (seq_len(nrow(people)) %% 100 == 0)
low <- bound(close ~ 1); high <- bound(far ~ 1)
keep("imbens manski near", imbens_manski(low, high, .95))

# Delta-adjusted shares: two means in one fit, the share of those who answered and who answered.
said <- people[people$answered == 1, ]
stacked <- data.frame(y = c(said$content, people$answered), unit = c(said$unit, people$unit),
                      share = rep(1:0, c(nrow(said), nrow(people))))
stacked$rate <- 1 - stacked$share
fit <- lm(y ~ 0 + share + rate, stacked)
covariance <- vcovCR(fit, cluster = stacked$unit, type = "CR2")
for (delta in c(-.3, 0, .2)) {
  test <- linear_contrast(fit, covariance, matrix(c(1, -delta), 1), test = "Satterthwaite")
  keep(paste("delta", delta), c(test$Est + delta, test$SE, test$df))
}

versions <- sapply(c("metafor", "clubSandwich"), function(p) as.character(packageVersion(p)))
lines <- c(paste0("# ", R.version.string, "; ", paste(names(versions), versions, collapse = ", ")),
           "key,value", with(do.call(rbind, rows), paste(key, sprintf("%.17g", value), sep = ",")))
writeLines(lines, "survey.csv")
