{{- define "afterglow.name" -}}
{{- $name := printf "%s-%s" .Chart.Name .Release.Name -}}
{{- if contains .Chart.Name .Release.Name }}{{ $name = .Release.Name }}{{ end -}}
{{- $name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "afterglow.labels" -}}
{{ include "afterglow.selector" . }}
app.kubernetes.io/version: {{ .Values.app.version | default .Chart.AppVersion | replace ":" "-" | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "afterglow.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "afterglow.image" -}}
{{- $version := .Values.app.version | default .Chart.AppVersion -}}
{{- $separator := ternary "@" ":" (hasPrefix "sha256:" $version) -}}
{{- printf "%s/%s%s%s" .Values.docker.registry .Values.app.image $separator $version -}}
{{- end }}
