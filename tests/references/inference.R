# Makes people.csv and inference.csv. Run from this folder: Rscript inference.R
# people.csv: 420 people in 17 units, with everything the regression tests need; the first line of
# inference.csv states the versions. Tests read the two files and need no R.
suppressMessages({library(clubSandwich); library(MASS); library(sandwich)})

write_people <- function() {
  set.seed(20170508)
  sizes <- c(61, 12, 20, 17, 8, 13, 10, 14, 16, 15, 21, 37, 11, 30, 35, 90, 10)
  people <- data.frame(unit = sprintf("U%02d", rep(seq_along(sizes), sizes)))
  n <- nrow(people)
  number <- rep(seq_along(sizes), sizes)
  people$visits <- as.numeric(number %in% c(3, 11, 14))
  people$homework <- as.numeric(number %in% c(1, 2, 5, 8, 9, 12, 13, 16))
  people$age <- round(runif(n, 20, 62))
  people$education <- sample(c("long", "none", "vocational"), n, TRUE, c(.2, .3, .5))
  shared <- rnorm(17, 0, .5)[number]
  latent <- .3 * people$visits - .02 * people$age + .4 * (people$education == "long") + shared
  people$hours <- round(pmax(0, 60 + 40 * latent + 45 * rnorm(n)), 1)
  people$employed <- as.numeric(latent + rlogis(n) > -.4)
  people$satisfaction <- as.numeric(cut(latent + rlogis(n), c(-Inf, -3, -2, -1, .4, Inf)))
  # Units 1-7 send people to both routes: overlapping clusters.
  people$route <- ifelse(number <= 7 & runif(n) < .5, 2, ifelse(number <= 12, 1, 2))
  write.csv(people, "people.csv", row.names = FALSE, quote = FALSE)
}

rows <- list()
keep <- function(key, value) rows[[length(rows) + 1]] <<- data.frame(key = key, value = value)

robust <- function(name, fit) {
  short <- gsub("^factor\\(route\\)", "route", names(coef(fit)))
  keep(paste(name, "coef", short), unname(coef(fit)))
  for (kind in c("CR1", "CR1S", "CR2", "CR3")) {
    test <- coef_test(fit, vcovCR(fit, cluster = people$unit, type = kind), test = "Satterthwaite")
    keep(paste(name, kind, "se", short), test$SE)
    keep(paste(name, kind, "df", short), test$df_Satt)
  }
  keep(paste(name, "HC1 se", short), unname(sqrt(diag(vcovHC(fit, type = "HC1")))))
  keep(paste(name, "model se", short), unname(sqrt(diag(vcov(fit)))))
}

# Brant (1990): Wald test that the slopes of the separate logits are equal at all cuts.
brant <- function(x, y) {
  cuts <- sort(unique(y))[-1]
  fits <- lapply(cuts, function(cut) glm(y >= cut ~ x, family = binomial, control = tight))
  full <- cbind(1, x)
  p <- sapply(fits, fitted)
  k <- ncol(x); m <- length(cuts)
  bread <- lapply(1:m, function(a) solve(t(full) %*% (full * (p[, a] * (1 - p[, a])))))
  joint <- matrix(0, m * k, m * k)
  for (a in 1:m) for (b in 1:m) {
    w <- p[, max(a, b)] - p[, a] * p[, b]
    block <- bread[[a]] %*% t(full) %*% (full * w) %*% bread[[b]]
    joint[(a - 1) * k + 1:k, (b - 1) * k + 1:k] <- block[-1, -1]
  }
  slopes <- unlist(lapply(fits, function(fit) coef(fit)[-1]))
  differences <- cbind(kronecker(rep(1, m - 1), diag(k)), -diag((m - 1) * k))
  d <- differences %*% slopes
  drop(t(d) %*% solve(differences %*% joint %*% t(differences), d))
}

write_people()
people <- read.csv("people.csv")
people$education <- relevel(factor(people$education), ref = "vocational")
tight <- list(epsilon = 1e-14, maxit = 100)

robust("ols", lm(hours ~ visits + homework + age + education, people))
model <- employed ~ visits + homework + age + education
first <- glm(model, binomial, people, control = tight)
# glm() keeps the weights of the step before the last: start again at the maximum.
robust("logit", glm(model, binomial, people, control = tight, start = coef(first)))
# A unit with a dummy of its own: I - S_g is singular there, and inverted as far as it goes.
people$lone <- as.numeric(people$unit == "U16")
robust("lone", lm(hours ~ homework + age + lone, people))
robust("lone logit", glm(employed ~ homework + age + lone, binomial, people, control = tight,
                         start = coef(glm(employed ~ homework + age + lone, binomial, people, control = tight))))
robust("contrast", lm(employed ~ I(as.numeric(route == 1)), people))
robust("mean", lm(hours ~ 1, people))
people$first <- as.numeric(people$route == 1)
people$centred <- people$age - mean(people$age)
people$long <- (people$education == "long") - mean(people$education == "long")
robust("own slopes", lm(employed ~ first * (centred + long), people))
robust("common slopes", lm(employed ~ first + centred + long, people))

ordered <- polr(factor(satisfaction) ~ visits + homework + age + education, people, Hess = TRUE,
                control = list(reltol = 1e-15, maxit = 5000))
keep(paste("polr coef", names(coef(ordered))), unname(coef(ordered)))
keep(paste("polr threshold", names(ordered$zeta)), unname(ordered$zeta))
keep(paste("polr se", rownames(vcov(ordered))), unname(sqrt(diag(vcov(ordered)))))
keep("brant", brant(model.matrix(~ visits + homework + age + education, people)[, -1], people$satisfaction))

means <- aggregate(cbind(hours, visits) ~ unit, people, mean)
classic <- t.test(means$hours[means$visits == 1], means$hours[means$visits == 0], var.equal = TRUE)
keep(paste("unit means", c("value", "low", "high", "df")),
     c(-diff(classic$estimate), classic$conf.int, classic$parameter))
keep("holm", p.adjust(c(.01, .04, .03, .005, .5), "holm"))

# Every way to choose the units, by brute force over people.
shuffle <- function(element, weighting) {
  sums <- tapply(people$hours, people$unit, sum); sizes <- tapply(people$hours, people$unit, length)
  if (weighting == "units") { sums <- sums / sizes; sizes <- sizes / sizes }
  used <- which(tapply(people[[element]], people$unit, mean) == 1)
  difference <- function(i) sum(sums[i]) / sum(sizes[i]) - sum(sums[-i]) / sum(sizes[-i])
  all <- combn(17, length(used), difference)
  keep(paste("permutation", element, weighting, c("value", "count", "extreme")),
       c(difference(used), length(all), sum(abs(all) >= abs(difference(used)) - 1e-9)))
}
for (element in c("visits", "homework")) for (weighting in c("people", "units")) shuffle(element, weighting)

# The same, each difference in units of its own CR1 standard error: a regression per assignment.
cr1 <- function(fit, unit) sqrt(vcovCL(fit, cluster = unit, type = "HC0", cadjust = TRUE)["x", "x"])
counts <- function(name, ours, all)  # how many are as far from zero, and as high
  keep(paste(name, c("t", "both", "above")),
       c(ours, sum(abs(all) >= abs(ours) * (1 - 1e-9)), sum(all >= ours - 1e-9 * abs(ours))))
by_hand <- function(rows, element, null = 0) {  # t of every assignment, from means of the two arms
  y <- rows$hours - null * rows[[element]]
  s <- tapply(y, rows$unit, sum); n <- tapply(y, rows$unit, length); G <- length(n)
  used <- which(tapply(rows[[element]], rows$unit, mean) == 1)
  t <- function(i) {
    a <- sum(s[i]) / sum(n[i]); b <- sum(s[-i]) / sum(n[-i])
    v <- sum((s[i] - n[i] * a)^2) / sum(n[i])^2 + sum((s[-i] - n[-i] * b)^2) / sum(n[-i])^2
    (a - b) / sqrt(G / (G - 1) * v)
  }
  list(ours = t(used), all = combn(G, length(used), t))
}
unit_means <- aggregate(cbind(hours, visits, homework) ~ unit, people, mean)
for (element in c("visits", "homework")) for (weighting in c("people", "units")) {
  found <- by_hand(if (weighting == "people") people else unit_means, element)
  counts(paste("studentised", element, weighting), found$ours, found$all)
}
found <- by_hand(people, "visits", 20)
counts("studentised visits at 20", found$ours, found$all)

codes <- as.integer(factor(people$unit))
covariates <- function(null, weights = rep(1, nrow(people))) {
  people$w <- weights
  people$left <- people$hours - null * people$visits
  t <- function(i) {
    people$x <- as.numeric(codes %in% i)
    fit <- lm(left ~ x + homework + age + education, people, weights = w)
    coef(fit)["x"] / cr1(fit, people$unit)
  }
  list(ours = t(c(3, 11, 14)), all = combn(17, 3, t))
}
for (null in c(0, 20)) {
  found <- covariates(null)
  counts(paste("studentised covariates at", null), found$ours, found$all)
}
found <- covariates(0, 1 + people$age / 50)
counts("studentised weighted", found$ours, found$all)

# The interval: where the p-value falls to 5 per cent, going outwards from the difference.
p <- function(null) { found <- by_hand(people, "visits", null); mean(abs(found$all) >= abs(found$ours) * (1 - 1e-9)) }
limit <- function(inside, outside) {
  for (step in 1:40) {
    middle <- (inside + outside) / 2
    if (p(middle) > .05) inside <- middle else outside <- middle
  }
  inside
}
value <- unname(coef(lm(hours ~ visits, people))["visits"])
keep(paste("studentised visits", c("low", "high")), c(limit(value, value - 40), limit(value, value + 40)))

# Restricted wild cluster bootstrap by refitting to every outcome that turned residuals make.
wild <- function(name, units, formula, term, null, weights) {
  few <- people[people$unit %in% units, ]
  X <- model.matrix(formula, few); y <- few$hours; x <- X[, term]
  code <- as.integer(factor(few$unit)); G <- max(code); bread <- solve(crossprod(X))
  t <- function(y) {
    b <- drop(bread %*% crossprod(X, y))
    meat <- crossprod(rowsum(X * drop(y - X %*% b), code))
    (b[term] - null) / sqrt(G / (G - 1) * (bread %*% meat %*% bread)[term, term])
  }
  rest <- lm.fit(X[, colnames(X) != term, drop = FALSE], y - null * x)
  all <- as.matrix(expand.grid(rep(list(weights), G)))
  draws <- apply(all, 1, function(w) t(null * x + rest$fitted.values + rest$residuals * w[code]))
  counts(name, t(y), draws)
  keep(paste(name, "draws"), length(draws))
}
webb <- c(-sqrt(1.5), -1, -sqrt(.5), sqrt(.5), 1, sqrt(1.5))
for (null in c(0, -.8)) {
  wild(paste("rademacher at", null), sprintf("U%02d", 1:12), ~ visits + age, "age", null, c(-1, 1))
  wild(paste("webb at", null), sprintf("U%02d", c(1, 3, 5, 11, 12)), ~ visits + age, "age", null, webb)
}

versions <- sapply(c("clubSandwich", "MASS", "sandwich"), function(p) as.character(packageVersion(p)))
table <- do.call(rbind, rows)
lines <- c(paste0("# ", R.version.string, "; ", paste(names(versions), versions, collapse = ", ")),
           "key,value", paste(table$key, sprintf("%.17g", table$value), sep = ","))
writeLines(lines, "inference.csv")
