# Makes survey.csv. Run from this folder: Rscript survey.R
# REML, shrunken means and funnel inputs of metafor and base R; tests read the file and need no R.
suppressMessages(library(metafor))

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

lines <- c(paste0("# ", R.version.string, "; metafor ", packageVersion("metafor")),
           "key,value", with(do.call(rbind, rows), paste(key, sprintf("%.17g", value), sep = ",")))
writeLines(lines, "survey.csv")
