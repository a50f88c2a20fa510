package tests

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/labels"
)

// TestPodsAreRestricted: every pod keeps the "restricted" standard and more:
// https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
func TestPodsAreRestricted(t *testing.T) {
	eachFixture(t, func(t *testing.T, values string) {
		r := render(t, values)
		for component, pod := range r.pods() {
			if got := pod.Labels["app.kubernetes.io/component"]; got != component {
				t.Errorf("%s: component %q", component, got)
			}
			s := pod.Spec.SecurityContext
			if s == nil || s.RunAsNonRoot == nil || !*s.RunAsNonRoot || s.RunAsUser == nil || *s.RunAsUser == 0 ||
				s.SeccompProfile == nil || s.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault {
				t.Errorf("%s: the pod's security context is %+v", component, s)
			}
			if pod.Spec.AutomountServiceAccountToken == nil || *pod.Spec.AutomountServiceAccountToken {
				t.Errorf("%s: it has a token for the cluster's API", component)
			}
			if len(pod.Spec.Containers) != 1 {
				t.Fatalf("%s: %d containers", component, len(pod.Spec.Containers))
			}
			c := pod.Spec.Containers[0]
			cs := c.SecurityContext
			if cs == nil || cs.ReadOnlyRootFilesystem == nil || !*cs.ReadOnlyRootFilesystem || cs.AllowPrivilegeEscalation == nil ||
				*cs.AllowPrivilegeEscalation || cs.Capabilities == nil || !slices.Equal(cs.Capabilities.Drop, []corev1.Capability{"ALL"}) {
				t.Errorf("%s: the container's security context is %+v", component, cs)
			}
			memory := c.Resources.Limits.Memory()
			if c.Resources.Requests.Cpu().IsZero() || c.Resources.Requests.Memory().IsZero() || memory.IsZero() || c.Resources.Requests.Memory().Cmp(*memory) > 0 {
				t.Errorf("%s: resources %+v", component, c.Resources)
			}
			// The collector must work before the kernel does.
			soft, err := resource.ParseQuantity(strings.TrimSuffix(env(c)["GOMEMLIMIT"], "B"))
			if err != nil || soft.Cmp(*memory) >= 0 || soft.Value() < memory.Value()/2 {
				t.Errorf("%s: GOMEMLIMIT %s of %s: %v", component, env(c)["GOMEMLIMIT"], memory, err)
			}
		}
	})
}

func env(c corev1.Container) map[string]string {
	m := map[string]string{}
	for _, e := range c.Env {
		m[e.Name] = e.Value
	}
	return m
}

// TestIndexedJob: one shard a pod, and all pods together ask no more at once
// than one process may.
func TestIndexedJob(t *testing.T) {
	for values, want := range map[string]struct{ shards, parallel, each string }{
		"minimal": {"3", "3", "1"}, "full": {"9", "3", "1"}, "replica": {"8", "4", "1"}, "existing-secret": {"16", "8", "1"},
	} {
		cron := render(t, filepath.Join(fixtures, values+".yaml")).cron
		job := cron.Spec.JobTemplate.Spec
		e := env(job.Template.Spec.Containers[0])
		if cron.Spec.ConcurrencyPolicy != batchv1.ForbidConcurrent || job.CompletionMode == nil || *job.CompletionMode != batchv1.IndexedCompletion {
			t.Errorf("%s: %s, %v", values, cron.Spec.ConcurrencyPolicy, job.CompletionMode)
		}
		if e["AFTERGLOW_SHARDS"] != want.shards || *job.Completions != number(t, want.shards) || *job.Parallelism != number(t, want.parallel) {
			t.Errorf("%s: %s shards, %d completions, %d at once", values, e["AFTERGLOW_SHARDS"], *job.Completions, *job.Parallelism)
		}
		if e["AFTERGLOW_REFRESH_MAX_IN_FLIGHT"] != want.each || e["AFTERGLOW_REFRESH_PER_WIKI"] != "1" {
			t.Errorf("%s: in flight %s, %s", values, e["AFTERGLOW_REFRESH_MAX_IN_FLIGHT"], e["AFTERGLOW_REFRESH_PER_WIKI"])
		}
		// backoffLimitPerIndex and podFailurePolicy ask for this:
		// https://kubernetes.io/docs/concepts/workloads/controllers/job/#backoff-limit-per-index
		if job.BackoffLimitPerIndex == nil || job.BackoffLimit != nil || job.Template.Spec.RestartPolicy != corev1.RestartPolicyNever || job.ActiveDeadlineSeconds == nil {
			t.Errorf("%s: %+v", values, job)
		}
	}
	one := render(t, filepath.Join(fixtures, "minimal.yaml"), "--set", "refresh.shards=5,refresh.parallelism=1").cron.Spec.JobTemplate.Spec
	if e := env(one.Template.Spec.Containers[0]); e["AFTERGLOW_REFRESH_MAX_IN_FLIGHT"] != "3" {
		t.Errorf("one pod at a time may have %s in flight, not 3", e["AFTERGLOW_REFRESH_MAX_IN_FLIGHT"])
	}
}

func number(t *testing.T, s string) int32 {
	t.Helper()
	q, err := resource.ParseQuantity(s)
	if err != nil {
		t.Fatal(err)
	}
	return int32(q.Value())
}

// TestMigrationHook: the migration brings the configuration that it needs, as
// the release will have it, and before itself.
func TestMigrationHook(t *testing.T) {
	for _, values := range []string{"minimal", "full", "replica"} {
		r := render(t, filepath.Join(fixtures, values+".yaml"))
		hook := func(key string) map[string]string {
			a := r.annotations[key]
			if a["helm.sh/hook"] != "pre-install,pre-upgrade" || !strings.Contains(a["helm.sh/hook-delete-policy"], "before-hook-creation") {
				t.Errorf("%s: %s is no hook, or stays in the way of the next: %v", values, key, a)
			}
			return a
		}
		weight := hook("Job " + r.migrate.Name)["helm.sh/hook-weight"]
		for _, v := range r.migrate.Spec.Template.Spec.Volumes {
			if a := hook("ConfigMap " + v.ConfigMap.Name); number(t, a["helm.sh/hook-weight"]) >= number(t, weight) {
				t.Errorf("%s: the ConfigMap comes after the migration", values)
			}
			if got, want := r.configs[v.ConfigMap.Name].Data, r.configs[configName(r)].Data; !maps.Equal(got, want) {
				t.Errorf("%s: the migration's configuration %v is not the release's %v", values, got, want)
			}
		}
		for _, from := range r.migrate.Spec.Template.Spec.Containers[0].EnvFrom {
			hook("Secret " + from.SecretRef.Name)
			release := r.deployment.Spec.Template.Spec.Containers[0].EnvFrom[0].SecretRef.Name
			if got, want := r.secrets[from.SecretRef.Name].StringData, r.secrets[release].StringData; len(got) == 0 || !maps.Equal(got, want) {
				t.Errorf("%s: the migration's secrets are not the release's", values)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(r.annotations)) {
			if r.annotations[key]["helm.sh/hook"] != "" && !strings.HasSuffix(key, "-migrate") {
				t.Errorf("%s: %s is a hook too", values, key)
			}
		}
	}
	if r := render(t, filepath.Join(fixtures, "minimal.yaml"), "--set", "migrate.enabled=false"); r.migrate != nil {
		t.Error("a migration nobody asked for")
	}
}

func configName(r release) string { return r.deployment.Spec.Template.Spec.Volumes[0].ConfigMap.Name }

// TestSelectors: what selects pods selects those that it means.
func TestSelectors(t *testing.T) {
	eachFixture(t, func(t *testing.T, values string) {
		r := render(t, values)
		selects := func(what string, selector map[string]string, want ...string) {
			t.Helper()
			var got []string
			for component, pod := range r.pods() {
				if labels.SelectorFromSet(selector).Matches(labels.Set(pod.Labels)) {
					got = append(got, component)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s selects %v, not %v", what, got, want)
			}
		}
		all := slices.Sorted(maps.Keys(r.pods()))
		selects("the Deployment", r.deployment.Spec.Selector.MatchLabels, "serve")
		selects("the PodDisruptionBudget", r.budget.Spec.Selector.MatchLabels, "serve")
		for _, s := range r.services {
			selects("Service "+s.Name, s.Spec.Selector, "serve")
			for _, p := range s.Spec.Ports {
				if !named(r, p.TargetPort.StrVal) {
					t.Errorf("Service %s: no port %s", s.Name, p.TargetPort.StrVal)
				}
			}
		}
		for _, p := range r.policies {
			if slices.Contains(p.Spec.PolicyTypes, networkingv1.PolicyTypeEgress) {
				selects("NetworkPolicy "+p.Name, p.Spec.PodSelector.MatchLabels, all...)
				continue
			}
			selects("NetworkPolicy "+p.Name, p.Spec.PodSelector.MatchLabels, "serve")
			for _, rule := range p.Spec.Ingress {
				for _, port := range rule.Ports {
					if port.Port.IntVal == 9090 && len(rule.From) == 0 {
						t.Errorf("NetworkPolicy %s lets anyone read profiles", p.Name)
					}
				}
			}
		}
		c := r.deployment.Spec.Template.Spec.Containers[0]
		for what, probe := range map[string]*corev1.Probe{"startup": c.StartupProbe, "liveness": c.LivenessProbe, "readiness": c.ReadinessProbe} {
			if probe == nil || !named(r, probe.HTTPGet.Port.StrVal) {
				t.Errorf("%s probe: %+v", what, probe)
			}
		}
		if (r.autoscaler == nil) == (r.deployment.Spec.Replicas == nil) {
			t.Error("the Deployment's replicas and the autoscaler's contradict each other")
		}
		// The pause, what shutdown_timeout allows (15 s), and some seconds.
		if grace := *r.deployment.Spec.Template.Spec.TerminationGracePeriodSeconds; grace < c.Lifecycle.PreStop.Sleep.Seconds+15+5 {
			t.Errorf("%d seconds to stop", grace)
		}
	})
}

func named(r release, port string) bool {
	return slices.ContainsFunc(r.deployment.Spec.Template.Spec.Containers[0].Ports, func(p corev1.ContainerPort) bool { return p.Name == port })
}

// TestChangedConfigurationRollsOut: the program reads its configuration once.
func TestChangedConfigurationRollsOut(t *testing.T) {
	sums := func(args ...string) string {
		a := render(t, filepath.Join(fixtures, "minimal.yaml"), args...).deployment.Spec.Template.Annotations
		return a["checksum/config"] + a["checksum/secret"]
	}
	plain := sums()
	for _, set := range []string{"config.public.privacy.min_cell=7", "config.private.database_password=another"} {
		if sums("--set", set) == plain {
			t.Errorf("%s rolls nothing out", set)
		}
	}
	if sums() != plain || sums("--set", "refresh.shards=4") != plain {
		t.Error("a roll-out without a reason")
	}
}
