{{- define "library.labels" -}}
from: library
{{- end }}
