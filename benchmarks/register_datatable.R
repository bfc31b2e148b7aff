# data.table at what register.py measures: melt, look up, group. Reading is not counted.
suppressMessages({library(data.table)}); a <- commandArgs(TRUE)
setDTthreads(2); d <- fread(a[1]); k <- fread(a[2]); m <- fread(a[3])
t <- proc.time()[["elapsed"]]
w <- grep("^y_", names(d), value = TRUE); g <- grep("^grad_", names(d), value = TRUE)
l <- melt(d[, c("person_id", w), with = FALSE], id.vars = "person_id", variable.factor = TRUE)
l[is.na(value), value := 0L]
l[, rank := k$rank[value + 1L]][, month := m$month[match(levels(variable), m$name)][variable]]
s <- l[, .(rank = min(rank)), by = .(person_id, month)]
h <- melt(d[, c("person_id", g), with = FALSE], id.vars = "person_id")
h[, month := m$month[match(levels(variable), m$name)][variable]]
r <- s[h, on = .(person_id, month)][, status := k$name[match(rank, k$rank)]]
fwrite(r[, .(person_id, month, status, hours = value * 160.33)], a[4])
cat(proc.time()[["elapsed"]] - t, "\n")
