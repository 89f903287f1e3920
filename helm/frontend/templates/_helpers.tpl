{{- /* What every object of this chart is labelled with. */ -}}
{{- define "labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/part-of: image-promotion
{{- end }}

{{- /* The restricted pod security standard, and nothing to write to but /tmp. */ -}}
{{- define "container-security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}
