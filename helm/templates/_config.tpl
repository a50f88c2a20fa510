{{/* The configuration file: config.public, with what the chart itself knows. */}}
{{- define "afterglow.config" -}}
{{- $config := deepCopy .Values.config.public -}}
{{- $_ := set $config "listen" (printf ":%d" (int .Values.app.port)) -}}
{{- $_ := set $config "private_listen" (printf ":%d" (int .Values.app.private_port)) -}}
{{- if and .Values.ingress.enabled (not (get $config "base_url")) -}}
{{- $_ := set $config "base_url" (printf "https://%s" .Values.ingress.host) -}}
{{- end -}}
{{- if and .Values.refresh.enabled (not (hasKey (get $config "refresh" | default dict) "schedule")) -}}
{{- /* The CronJob does it; web servers need not. */ -}}
{{- $_ := set $config "refresh" (mergeOverwrite (dict) (get $config "refresh" | default dict) (dict "schedule" false)) -}}
{{- end -}}
{{- $database := get $config "database" | default "" -}}
{{- if hasPrefix "sqlite:" $database -}}
{{- fail "config.public.database: pods share no file, so SQLite cannot serve them; allowed is user@tcp(host:3306)/name" -}}
{{- end -}}
{{- if not (or $database (get .Values.config.private "database") .Values.config.existing_secret) -}}
{{- fail "config.public.database is required: user@tcp(host:3306)/name, its password in config.private.database_password" -}}
{{- end -}}
{{- if and .Values.config.private .Values.config.existing_secret -}}
{{- fail "config.private and config.existing_secret: allowed is one of the two" -}}
{{- end -}}
{{- if not $database }}{{ $config = omit $config "database" }}{{ end -}}
{{- if not (dig "user_agent" "contact" "" $config) -}}
{{- fail "config.public.user_agent.contact is required: where the wikis' operators can reach you" -}}
{{- end -}}
{{- toYaml $config -}}
{{- end }}

{{/* The variables of the Secret: a key's dots become underscores. */}}
{{- define "afterglow.secret" -}}
{{- range $key, $value := .Values.config.private }}
AFTERGLOW_{{ $key | replace "." "_" | upper }}: {{ $value | quote }}
{{- end }}
{{- end }}

{{- define "afterglow.secretName" -}}
{{- .Values.config.existing_secret | default (printf "%s-secret-config" (include "afterglow.name" .)) -}}
{{- end }}
