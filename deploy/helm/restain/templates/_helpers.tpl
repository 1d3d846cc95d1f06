{{- define "restain.name" -}}
{{- if contains "restain" .Release.Name }}{{ .Release.Name | trunc 40 }}{{ else }}{{ printf "%s-restain" .Release.Name | trunc 40 }}{{ end -}}
{{- end }}

{{- define "restain.selector" -}}
app.kubernetes.io/name: restain
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "restain.labels" -}}
{{ include "restain.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "restain.image" -}}
{{- .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion -}}
{{- end }}

{{- /* The provider of the workers that score slides: that of the GPU pool where there is one. */ -}}
{{- define "restain.scoringProvider" -}}
{{- $pool := ternary .Values.workers.gpu .Values.workers.cpu .Values.workers.gpu.enabled -}}
{{- .Values.scoringProvider | default $pool.settings.INFERENCE_PROVIDER -}}
{{- end }}

{{- /* Settings of web and workers. A pool's own come last, and count. */ -}}
{{- define "restain.env" -}}
- { name: JOBS_PROVIDER, value: bullmq }
- name: REDIS_URL
  {{- if .Values.redis.enabled }}
  value: redis://{{ include "restain.name" . }}-redis:6379
  {{- else }}
  valueFrom: { secretKeyRef: { name: {{ required "redis.urlSecret: the secret of a Redis outside" .Values.redis.urlSecret }}, key: url } }
  {{- end }}
{{- with .Values.remoteInfer }}
{{- if .enabled }}
- { name: REMOTE_INFER, value: 'true' }
- { name: REMOTE_MEMORY, value: {{ .memory | quote }} }
- name: REMOTE_REDIS_URL
  {{- if .urlSecret }}
  valueFrom: { secretKeyRef: { name: {{ .urlSecret }}, key: url } }
  {{- else }}
  value: redis://{{ include "restain.name" $ }}-passing:6379
  {{- end }}
{{- end }}
{{- end }}
- { name: SCORING_PROVIDER, value: {{ include "restain.scoringProvider" . | quote }} }
- { name: STORAGE_PROVIDER, value: s3 }
- { name: S3_BUCKET, value: {{ .Values.s3.bucket | quote }} }
- { name: S3_REGION, value: {{ .Values.s3.region | quote }} }
- { name: S3_PREFIX, value: {{ .Values.s3.prefix | quote }} }
- { name: S3_ENDPOINT, value: {{ ternary (printf "https://%s" .Values.s3.server.host) .Values.s3.endpoint .Values.s3.server.enabled | quote }} }
{{- if .Values.s3.credentialsSecret }}
- name: AWS_ACCESS_KEY_ID
  valueFrom: { secretKeyRef: { name: {{ .Values.s3.credentialsSecret }}, key: accessKey } }
- name: AWS_SECRET_ACCESS_KEY
  valueFrom: { secretKeyRef: { name: {{ .Values.s3.credentialsSecret }}, key: secretKey } }
{{- end }}
- { name: PUBLIC_URL, value: {{ printf "https://%s" .Values.host | quote }} }
- { name: ALLOWED_HOSTS, value: {{ .Values.host | quote }} }
- { name: TRUST_PROXY, value: {{ .Values.ingress.proxies | quote }} }
- { name: METRICS_PORT, value: {{ .Values.metrics.port | quote }} }
- { name: METRICS_HOST, value: 0.0.0.0 }
- { name: SHUTDOWN_SECONDS, value: {{ .Values.shutdownSeconds | quote }} }
- { name: TMPDIR, value: /scratch }
{{- end }}

{{- /* A name that is set twice is refused by a server-side apply. */ -}}
{{- define "restain.settings" -}}
{{- $own := list "RESTAIN_ROLE" "JOBS_PROVIDER" "REDIS_URL" "REMOTE_INFER" "REMOTE_MEMORY" "REMOTE_REDIS_URL" "SCORING_PROVIDER" "STORAGE_PROVIDER" "S3_BUCKET" "S3_REGION" "S3_PREFIX" "S3_ENDPOINT" "PUBLIC_URL" "ALLOWED_HOSTS" "TRUST_PROXY" "METRICS_PORT" "METRICS_HOST" "SHUTDOWN_SECONDS" "TMPDIR" }}
{{- range $name, $value := . }}
{{- if has $name $own }}{{ fail (printf "settings.%s: the chart sets it by a value of its own" $name) }}{{ end }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- end }}

{{- define "restain.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "restain.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- /* Probes are on the port of the metrics: it asks for no host name, and waits behind no request. */ -}}
{{- define "restain.probes" -}}
startupProbe:
  httpGet: { path: /api/health/ready, port: metrics }
  periodSeconds: 5
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /api/health/live, port: metrics }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /api/health/ready, port: metrics }
  periodSeconds: 5
  timeoutSeconds: 5
{{- end }}

{{- define "restain.metricsAnnotations" -}}
{{- if .Values.metrics.annotations }}
prometheus.io/scrape: 'true'
prometheus.io/port: {{ .Values.metrics.port | quote }}
prometheus.io/path: /metrics
{{- end }}
{{- end }}

{{- define "restain.volumes" -}}
- name: scratch
  emptyDir: { sizeLimit: {{ . }} }
- name: state
  emptyDir: { sizeLimit: 1Gi }
{{- end }}

{{- define "restain.mounts" -}}
- { name: scratch, mountPath: /scratch }
- { name: state, mountPath: /app/.restain }
{{- end }}
