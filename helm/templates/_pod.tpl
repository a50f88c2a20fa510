{{/* What every pod's spec has, whatever it runs. */}}
{{- define "afterglow.podSpec" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.node_selector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* What every container has. Takes a dict: root; secret and config, the names
of the objects that hold the configuration; resources, gomemlimit. */}}
{{- define "afterglow.container" -}}
image: {{ include "afterglow.image" .root | quote }}
imagePullPolicy: {{ .root.Values.docker.pull_policy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- if or .root.Values.config.private .root.Values.config.existing_secret }}
envFrom:
  - secretRef: {name: {{ .secret }}}
{{- end }}
resources:
  requests: {{- toYaml .resources.requests | nindent 4 }}
  limits: {{- toYaml .resources.limits | nindent 4 }}
volumeMounts:
  - {name: config, mountPath: /etc/afterglow, readOnly: true}
{{- end }}

{{- define "afterglow.configVolume" -}}
- name: config
  configMap: {name: {{ . }}}
{{- end }}

{{/* An environment of its own for each container: the collector's limit. */}}
{{- define "afterglow.env" -}}
- {name: GOMEMLIMIT, value: {{ . | quote }}}
{{- end }}
