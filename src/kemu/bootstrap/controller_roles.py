"""What each controller may do: its cluster role is `system:controller:` and its name. The grammar: `user_roles.py`."""

from __future__ import annotations

CONTROLLER_ROLES = """
attachdetach-controller
  list watch: persistentvolumeclaims persistentvolumes
  get list watch: nodes
  patch update: nodes/status
  list watch: pods
  create patch update: events of core events.k8s.io
  create delete get list watch: volumeattachments of storage.k8s.io
  get list watch: csidrivers of storage.k8s.io
  get list watch: csinodes of storage.k8s.io
certificate-controller
  delete get list watch: certificatesigningrequests of certificates.k8s.io
  update: certificatesigningrequests/approval certificatesigningrequests/status of certificates.k8s.io
  approve: signers of certificates.k8s.io named kubernetes.io/kube-apiserver-client-kubelet
  sign: signers of certificates.k8s.io named kubernetes.io/kube-apiserver-client
      kubernetes.io/kube-apiserver-client-kubelet kubernetes.io/kubelet-serving kubernetes.io/legacy-unknown
  create: subjectaccessreviews of authorization.k8s.io
  create patch update: events of core events.k8s.io
clusterrole-aggregation-controller
  escalate get list patch update watch: clusterroles of rbac.authorization.k8s.io
cronjob-controller
  get list update watch: cronjobs of batch
  create delete get list patch update watch: jobs of batch
  update: cronjobs/status of batch
  update: cronjobs/finalizers of batch
  delete list watch: pods
  create patch update: events of core events.k8s.io
daemon-set-controller
  get list watch: daemonsets of apps extensions
  update: daemonsets/status of apps extensions
  update: daemonsets/finalizers of apps extensions
  list watch: nodes
  create delete list patch watch: pods
  create: pods/binding
  create delete get list patch update watch: controllerrevisions of apps
  create patch update: events of core events.k8s.io
deployment-controller
  get list update watch: deployments of apps extensions
  update: deployments/status of apps extensions
  update: deployments/finalizers of apps extensions
  create delete get list patch update watch: replicasets of apps extensions
  get list update watch: pods
  create patch update: events of core events.k8s.io
device-taint-eviction-controller
  delete get list watch: pods
  patch update: pods/status
  get list watch: resourceclaims of resource.k8s.io
  get list watch: resourceslices of resource.k8s.io
  get list watch: deviceclasses of resource.k8s.io
  create patch update: events of core events.k8s.io
disruption-controller
  get list watch: deployments of apps extensions
  get list watch: replicasets of apps extensions
  get list watch: replicationcontrollers
  get list watch: poddisruptionbudgets of policy
  get list watch: statefulsets of apps
  update: poddisruptionbudgets/status of policy
  patch update: pods/status
  get: */scale of *
  create patch update: events of core events.k8s.io
endpoint-controller
  get list watch: pods services
  create delete get list update watch: endpoints
  create: endpoints/restricted
  create patch update: events of core events.k8s.io
endpointslice-controller
  get list watch: nodes pods services
  update: services/finalizers
  create delete get list update watch: endpointslices of discovery.k8s.io
  create: endpointslices/restricted of discovery.k8s.io
  create patch update: events of core events.k8s.io
endpointslicemirroring-controller
  get list watch: endpoints services
  update: services/finalizers
  update: endpoints/finalizers
  create delete get list update watch: endpointslices of discovery.k8s.io
  create: endpointslices/restricted of discovery.k8s.io
  create patch update: events of core events.k8s.io
ephemeral-volume-controller
  get list watch: pods
  update: pods/finalizers
  create get list watch: persistentvolumeclaims
  create patch update: events of core events.k8s.io
expand-controller
  get list patch update watch: persistentvolumes
  patch update: persistentvolumeclaims/status
  get list watch: persistentvolumeclaims
  create patch update: events of core events.k8s.io
generic-garbage-collector
  delete get list patch update watch: * of *
  create patch update: events of core events.k8s.io
horizontal-pod-autoscaler
  get list watch: horizontalpodautoscalers of autoscaling
  update: horizontalpodautoscalers/status of autoscaling
  get update: */scale of *
  list watch: pods
  list watch: pods of metrics.k8s.io
  get list watch: * of custom.metrics.k8s.io
  get list watch: * of external.metrics.k8s.io
  create patch update: events of core events.k8s.io
job-controller
  get list patch update watch: jobs of batch
  update: jobs/status of batch
  update: jobs/finalizers of batch
  create delete list patch watch: pods
  create patch update: events of core events.k8s.io
legacy-service-account-token-cleaner
  get: configmaps named kube-apiserver-legacy-service-account-token-tracking
  delete patch: secrets
namespace-controller
  delete get list watch: namespaces
  update: namespaces/finalize namespaces/status
  delete deletecollection get list watch: * of *
node-controller
  delete get list patch update watch: nodes
  patch update: nodes/status
  patch update: pods/status
  delete get list watch: pods
  create patch update: events of core events.k8s.io
persistent-volume-binder
  create delete get list update watch: persistentvolumes
  update: persistentvolumes/status
  get list update watch: persistentvolumeclaims
  update: persistentvolumeclaims/status
  create delete get list watch: pods
  get list watch: storageclasses of storage.k8s.io
  list watch: nodes
  create patch update: events of core events.k8s.io
  watch: events
pod-garbage-collector
  delete list watch: pods
  get list watch: nodes
  patch: pods/status
pv-protection-controller
  get list update watch: persistentvolumes
  create patch update: events of core events.k8s.io
pvc-protection-controller
  get list update watch: persistentvolumeclaims
  update: persistentvolumeclaims/status
  get list watch: pods
  create patch update: events of core events.k8s.io
replicaset-controller
  get list update watch: replicasets of apps extensions
  update: replicasets/status of apps extensions
  update: replicasets/finalizers of apps extensions
  create delete list patch watch: pods
  create patch update: events of core events.k8s.io
replication-controller
  get list update watch: replicationcontrollers
  update: replicationcontrollers/status
  update: replicationcontrollers/finalizers
  create delete list patch watch: pods
  create patch update: events of core events.k8s.io
resource-claim-controller
  get list watch: pods
  update: pods/finalizers
  create delete get list watch: resourceclaims of resource.k8s.io
  patch update: resourceclaims resourceclaims/status of resource.k8s.io
  patch update: pods/status
  create patch update: events of core events.k8s.io
  patch update: resourceclaims/binding of resource.k8s.io
resourcequota-controller
  list watch: * of *
  update: resourcequotas/status
  create patch update: events of core events.k8s.io
root-ca-cert-publisher
  create update: configmaps
  create patch update: events of core events.k8s.io
route-controller
  list watch: nodes
  patch: nodes/status
  create patch update: events of core events.k8s.io
selinux-warning-controller
  create patch update: events of core events.k8s.io
  get list watch: persistentvolumes
  get list watch: persistentvolumeclaims
  get list watch: pods
  get list watch: csidrivers of storage.k8s.io
service-account-controller
  create: serviceaccounts
  create patch update: events of core events.k8s.io
service-ca-cert-publisher
  create update: configmaps
  create patch update: events of core events.k8s.io
service-cidrs-controller
  get list patch update watch: servicecidrs of networking.k8s.io
  patch update: servicecidrs/finalizers of networking.k8s.io
  patch update: servicecidrs/status of networking.k8s.io
  get list watch: ipaddresses of networking.k8s.io
  create patch update: events of core events.k8s.io
service-controller
  get list watch: services
  patch update: services/status
  list watch: nodes
  create patch update: events of core events.k8s.io
statefulset-controller
  list watch: pods
  get list watch: statefulsets of apps
  update: statefulsets/status of apps
  update: statefulsets/finalizers of apps
  create delete get patch update: pods
  create delete get list patch update watch: controllerrevisions of apps
  create get list watch: persistentvolumeclaims
  delete update: persistentvolumeclaims
  update: pods/finalizers
  create patch update: events of core events.k8s.io
ttl-after-finished-controller
  delete get list watch: jobs of batch
  create patch update: events of core events.k8s.io
ttl-controller
  list patch update watch: nodes
  create patch update: events of core events.k8s.io
validatingadmissionpolicy-status-controller
  get list watch: validatingadmissionpolicies of admissionregistration.k8s.io
  get patch update: validatingadmissionpolicies/status of admissionregistration.k8s.io
  create patch update: events of core events.k8s.io
volumeattributesclass-protection-controller
  get list watch: persistentvolumeclaims
  get list watch: persistentvolumes
  get list update watch: volumeattributesclasses of storage.k8s.io
  create patch update: events of core events.k8s.io
"""
