// Package tests holds the chart, the dashboard and the alert rules to what they
// promise: rendered by helm, checked by kubeconform against Kubernetes' own
// schemas, read by the program itself. `make helm-test` runs it.
package tests
