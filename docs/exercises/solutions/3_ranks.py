"""Answers to exercise 3, each for the cell of the same name."""

# %% answer-1
means = asked[asked["satisfaction"] <= 5].groupby("project")["satisfaction"].mean()

# %% answer-2
deals = [dealt(seed) for seed in range(200)]
by_chance = float(np.mean([deal.max() - deal.min() for deal in deals]))

# %% answer-3
small_on_top = float(np.mean([sizes[deal.idxmax()] <= 21 for deal in deals]))

# %% answer-4
frame = inference.unit_scores(given, "satisfaction", "project").frame
shrunken = frame.set_index("unit")["shrunken"]

# %% answer-5
ranks = pd.DataFrame(
    given.groupby("project")
    .sample(frac=1, replace=True, random_state=seed)
    .groupby("project")["satisfaction"]
    .mean()
    .rank()
    for seed in range(300)
)
could_be_best = int((ranks.quantile(0.95).round() == 17).sum())
