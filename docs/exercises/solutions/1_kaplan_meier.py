"""Answers to exercise 1, each for the cell of the same name."""

# %% answer-1
in_work = panel.groupby("month")["employed"].mean()

# %% answer-2
first = panel[panel["employed"]].groupby("person_id")["month"].min()
last = panel.groupby("person_id")["month"].max()
status = last.index.isin(first.index).astype(int)
time = first.reindex(last.index).fillna(last)
km = SurvfuncRight(time, status)
first_job = 1 - float(km.surv_prob[km.surv_times == 9][0])

# %% answer-3
months = panel[panel["month"] <= 9].pivot(index="person_id", columns="month", values="employed")
seen = months[months[9].notna()].astype(bool)
left = float((seen.any(axis=1) & ~seen[9]).mean())

# %% answer-4
choice = "a"
