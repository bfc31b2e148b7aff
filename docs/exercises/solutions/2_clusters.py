"""Answers to exercise 2, each for the cell of the same name."""

# %% answer-1
fits = [smf.ols("score ~ visits", simulate(seed)).fit() for seed in range(200)]
rejected = float(np.mean([fit.pvalues["visits"] < 0.05 for fit in fits]))

# %% answer-2
p_values = []
for seed in range(200):
    study = simulate(seed)
    fit = smf.ols("score ~ visits", study).fit(
        cov_type="cluster", cov_kwds={"groups": study["unit"]}
    )
    p_values.append(fit.pvalues["visits"])
rejected_clustered = float(np.mean(np.array(p_values) < 0.05))

# %% answer-3
estimates = [models.cr2(fit, simulate(seed)["unit"])["visits"] for seed, fit in enumerate(fits)]
rejected_cr2 = float(np.mean([estimate.p_value() < 0.05 for estimate in estimates]))
df = estimates[0].df

# %% answer-4
effective = 60 / (1 + 59 * 0.05)
