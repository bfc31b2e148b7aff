# The numbers of aid_after_prison.csv, for the example of that name: one minus Kaplan-Meier with
# Greenwood's standard error, weeks free of arrest within the year, Welch's difference, and Cox's
# model by coxph.
# Run in this folder: Rscript aid_after_prison.R        Versions: the first line of the csv.

suppressPackageStartupMessages(library(survival))
options(digits = 12)
men <- read.csv("../../examples/aid_after_prison/study/rossi.csv")
men$group <- ifelse(men$fin == 1, 1, 2)
lines <- sprintf("# %s, survival %s", R.version.string, packageVersion("survival"))
lines <- c(lines, "key,value")
put <- function(key, value) lines <<- c(lines, sprintf("%s,%.12g", key, value))

for (group in 1:2) {
  fit <- survfit(Surv(week, arrest) ~ 1, data = men[men$group == group, ])
  at <- summary(fit, times = c(13, 26, 39, 52))
  put(sprintf("arrested.group%d", group), 1 - at$surv)
  put(sprintf("arrested_se.group%d", group), at$std.err)
  means <- summary(fit, rmean = 52)$table
  put(sprintf("free.group%d", group), means[["rmean"]])
}
welch <- t.test(arrest ~ group, data = men)
put("gap", c(welch$estimate[[1]] - welch$estimate[[2]], welch$conf.int))
men$other <- 1 - men$race
men$unmarried <- 1 - men$mar
cox <- coxph(Surv(week, arrest) ~ fin + age + other + wexp + unmarried + paro + prio, data = men)
put("coef", coef(cox))
put("se", sqrt(diag(vcov(cox))))
put("p", summary(cox)$coefficients[, "Pr(>|z|)"])
put("low", confint(cox)[, 1])
put("lr", 2 * diff(cox$loglik))
writeLines(lines, "aid_after_prison.csv")
