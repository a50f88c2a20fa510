# syntax=docker/dockerfile:1
# A static program on nothing but certificates. Without a Docker daemon:
# `make image` makes the same.
FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -buildid= -X afterglow/service.Version=${VERSION}" -o /afterglow ./service/cmd/afterglow

FROM scratch
LABEL org.opencontainers.image.title="Afterglow" \
      org.opencontainers.image.description="Who stayed after the campaign" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /afterglow /afterglow
USER 65532:65532
# Where no configuration names an address. Below it are /healthz and /readyz.
ENV PORT=8080
EXPOSE 8080
ENTRYPOINT ["/afterglow"]
CMD ["serve"]
