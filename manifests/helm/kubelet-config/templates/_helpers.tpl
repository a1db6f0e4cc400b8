{{- /* A digest says exactly what runs, so it wins over a tag. */ -}}
{{- define "kubelet-config.image" -}}
{{- if .Values.image.digest -}}
{{ printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else -}}
{{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end -}}
{{- end -}}

{{- /* In another namespace the admission policies would apply to nobody. */ -}}
{{- define "kubelet-config.checkNamespace" -}}
{{- if ne .Release.Namespace "kubelet-config" -}}
{{- fail (printf "install this chart into the namespace kubelet-config, not into %s (helm --namespace kubelet-config): its admission policies know the agent and the controller by that namespace" .Release.Namespace) -}}
{{- end -}}
{{- end -}}
