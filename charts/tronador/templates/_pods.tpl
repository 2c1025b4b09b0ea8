{{/* What the pods of both processes have in common. Pods keep to the restricted Pod Security Standard. */}}

{{/* Labels and annotations of a pod. Call it with (list $ "operator"). */}}
{{- define "tronador.podMetadata" -}}
{{- $process := index (index . 0).Values (index . 1) -}}
labels:
  {{- include "tronador.labels" . | nindent 2 }}
  {{- with $process.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with $process.podAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Who a pod is and where it may run. Call it with (list $ "operator"). */}}
{{- define "tronador.podSpec" -}}
{{- $root := index . 0 -}}
{{- $process := index $root.Values (index . 1) -}}
serviceAccountName: tronador-{{ index . 1 }}
enableServiceLinks: false
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  {{- /* OpenShift gives each namespace users of its own, and takes no others. */}}
  {{- if not ($root.Capabilities.APIVersions.Has "security.openshift.io/v1") }}
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  {{- end }}
  seccompProfile:
    type: RuntimeDefault
{{- with $process.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with $process.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $process.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $process.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The container's surroundings: image, log, probes, rights, resources. Call it with (list $ "operator"). */}}
{{- define "tronador.container" -}}
{{- $root := index . 0 -}}
{{- $process := index $root.Values (index . 1) -}}
image: {{ include "tronador.image" $root | quote }}
imagePullPolicy: {{ $root.Values.image.pullPolicy }}
env:
  - name: LOG_LEVEL
    value: {{ $process.logLevel | quote }}
  {{- if dig "caBundle" "configMap" "" $process }}
  {{- range list "NODE_EXTRA_CA_CERTS" "GIT_SSL_CAINFO" }}
  - name: {{ . }}
    value: /etc/tronador/ca.crt
  {{- end }}
  {{- end }}
  {{- with $process.env }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
livenessProbe:
  httpGet:
    path: /healthz
    port: health
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet:
    path: /readyz
    port: health
  periodSeconds: 5
  timeoutSeconds: 5
resources:
  {{- toYaml $process.resources | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}
