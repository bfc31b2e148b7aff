# The report in a container: docker build -t compendium . && docker run -v "$PWD/results:/results" compendium
# Everything it needs is made by the same command as elsewhere. Not run here.
FROM python:3.12-slim-trixie
WORKDIR /compendium
COPY . .
RUN python run_all.py plan
ENTRYPOINT ["python", "run_all.py"]
CMD ["--out", "/results"]
