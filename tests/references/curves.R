# The numbers of curves.csv: occupancy, expected months, Kaplan-Meier and cumulative incidence, with
# standard errors from a loop that leaves out one cluster at a time, and the limits of survfit. Also
# makes moves.csv, the data.
# Run in this folder: Rscript curves.R        Versions: the first lines of curves.csv.
#
# survfit(cluster = ) is not used: in survival 3.5-3 it returns the person-level standard error of a
# multi-state curve.

suppressPackageStartupMessages(library(survival))
options(digits = 17)
set.seed(20170224)

states <- c("benefit", "education", "work")
unit_effect <- rnorm(17, 0, 0.4)

person <- function(i) {
  unit <- 1 + (i - 1) %% 17
  last <- sample(2:10, 1)
  state <- sample(states, 1, prob = c(0.67, 0.15, 0.18))
  path <- state
  for (month in seq_len(last)) {
    up <- plogis(qlogis(0.16) + unit_effect[unit])
    chances <- switch(state,
      benefit = c(1 - up - 0.04, 0.04, up),
      education = c(0.05, 0.90, 0.05),
      work = c(0.11, 0.01, 0.88))
    state <- sample(states, 1, prob = chances)
    path <- c(path, state)
  }
  data.frame(person_id = sprintf("P%03d", i), project = sprintf("U%02d", unit),
             month = 0:last, state = path)
}

panel <- do.call(rbind, lapply(1:340, person))
write.csv(panel, "moves.csv", row.names = FALSE, quote = FALSE)

# Intervals (month - 1, month]: state before, and the state moved to ("censor" where it stays).
later <- panel[panel$month > 0, ]
before <- panel$state[match(paste(later$person_id, later$month - 1),
                            paste(panel$person_id, panel$month))]
later$from <- factor(before, levels = states)
later$to <- factor(ifelse(later$state == before, "censor", later$state),
                   levels = c("censor", states))
later$t0 <- later$month - 1

occupancy <- function(rows) {
  fit <- survfit(Surv(t0, month, to) ~ 1, data = rows, id = person_id, istate = from)
  at <- summary(fit, times = 0:10, extend = TRUE)$pstate
  colnames(at) <- fit$states
  at[, states]
}

# Time to the first month of work among those without work in month 0; education ends the wait.
waiting <- panel[panel$person_id %in% panel$person_id[panel$month == 0 & panel$state != "work"], ]
times <- function(rows, stops) {
  do.call(rbind, lapply(split(rows, rows$person_id), function(one) {
    hit <- which(one$state %in% stops)[1]
    data.frame(person_id = one$person_id[1], project = one$project[1],
               time = if (is.na(hit)) max(one$month) else one$month[hit],
               why = if (is.na(hit)) "censor" else one$state[hit])
  }))
}
first_job <- times(waiting, "work")
free <- waiting$person_id[waiting$month == 0 & waiting$state == "benefit"]
first_exit <- times(waiting[waiting$person_id %in% free, ], c("work", "education"))
first_exit$why <- factor(first_exit$why, levels = c("censor", "education", "work"))

kaplan_meier <- function(rows) {
  fit <- survfit(Surv(time, why == "work") ~ 1, data = rows)
  1 - summary(fit, times = 0:10, extend = TRUE)$surv
}
cumulative <- function(rows) {
  fit <- survfit(Surv(time, why) ~ 1, data = rows)
  at <- summary(fit, times = 0:10, extend = TRUE)$pstate
  at[, fit$states == "work"]
}

units <- sort(unique(panel$project))
jackknife <- function(f, rows) {
  left <- sapply(units, function(unit) c(f(rows[rows$project != unit, ])))
  sqrt((length(units) - 1) / length(units) * rowSums((left - rowMeans(left))^2))
}
months_in_work <- function(rows) sum(occupancy(rows)[, "work"])

numbers <- list()
at <- occupancy(later)
se <- matrix(jackknife(occupancy, later), nrow = 11, dimnames = list(NULL, states))
for (state in states) {
  numbers[[paste0("occupancy.", state)]] <- at[, state]
  numbers[[paste0("occupancy_se.", state)]] <- se[, state]
}
numbers[["expected_months"]] <- months_in_work(later)
left <- sapply(units, function(unit) months_in_work(later[later$project != unit, ]))
numbers[["expected_months_se"]] <- sqrt(16 / 17 * sum((left - mean(left))^2))
numbers[["kaplan_meier"]] <- kaplan_meier(first_job)
numbers[["kaplan_meier_se"]] <- jackknife(kaplan_meier, first_job)
numbers[["incidence"]] <- cumulative(first_exit)
numbers[["incidence_se"]] <- jackknife(cumulative, first_exit)

# Everybody at risk from the start: month 0 is a time like any other, moved up by one for survfit.
started <- times(panel, "work")
started$time <- started$time + 1
from_start <- function(rows) {
  fit <- survfit(Surv(time, why == "work") ~ 1, data = rows)
  1 - summary(fit, times = 1:11, extend = TRUE)$surv
}
numbers[["kaplan_meier.start"]] <- from_start(started)
numbers[["kaplan_meier.start_se"]] <- jackknife(from_start, started)

# People as independent: Greenwood's error and the limits survfit offers, of the chance of an event.
for (kind in c("plain", "log", "log-log")) {
  fit <- survfit(Surv(time, why == "work") ~ 1, data = first_job, conf.type = kind)
  at <- summary(fit, times = 0:10, extend = TRUE)
  name <- sub("-", "", kind)
  numbers[[paste0(name, "_low")]] <- 1 - at$upper
  numbers[[paste0(name, "_high")]] <- 1 - at$lower
  if (kind == "plain") numbers[["greenwood"]] <- at$std.err
}

out <- file("curves.csv", "w")
writeLines(c(paste("#", R.version.string), paste("# survival", packageVersion("survival")),
             "key,value"), out)
for (key in names(numbers)) writeLines(paste0(key, ",", format(numbers[[key]], trim = TRUE)), out)
close(out)
