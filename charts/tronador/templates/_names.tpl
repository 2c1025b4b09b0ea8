{{/*
Names are fixed and not made from the release's: there is one Tronador in a cluster, and its rights, leases and admission
policies name each other.
*/}}

{{/* What a component is selected by. Call it with (list $ "operator"). */}}
{{- define "tronador.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: tronador
app.kubernetes.io/instance: {{ $root.Release.Name | quote }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* The labels of every object. Call it with (list $ "operator"). */}}
{{- define "tronador.labels" -}}
{{- $root := index . 0 -}}
{{ include "tronador.selector" . }}
app.kubernetes.io/part-of: tronador
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The image by digest where there is one, by tag otherwise. */}}
{{- define "tronador.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end }}
{{- end }}
{{- end }}
