# finops-lint in a container that is not root: docker run --rm -v "$PWD:/work" finops-lint check
FROM python:3.13-slim
# git is for diff --base.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/* \
 && git config --system --add safe.directory /work \
 && useradd --uid 10001 --create-home finops
COPY . /source
RUN pip install --no-cache-dir --constraint /source/constraints.txt /source && rm -rf /source
USER 10001
WORKDIR /work
ENTRYPOINT ["finops-lint"]
