"""The default cluster roles, but for those of the controllers, and the default roles of single namespaces.

A role is a line with its name (a namespace before it, if it has one); `-> x` marks it as a part of all roles that are
made of `x`, and `<- x` says that it is made of these. Below it is a line for each rule: verbs, a colon, and then either
paths or resources, `of` which API groups if not only the core group's, and `named` if only some of them.
"""

from __future__ import annotations

CLUSTER_ROLES = """
admin <- aggregate-to-admin
cluster-admin
  *: * of *
  *: *
edit -> aggregate-to-admin <- aggregate-to-edit
system:aggregate-to-admin -> aggregate-to-admin
  create: localsubjectaccessreviews of authorization.k8s.io
  create delete deletecollection get list patch update watch: rolebindings roles of rbac.authorization.k8s.io
system:aggregate-to-edit -> aggregate-to-edit
  get list watch: pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy
  impersonate: serviceaccounts
  create delete deletecollection patch update: pods pods/attach pods/exec pods/portforward pods/proxy
  create: pods/eviction
  create delete deletecollection patch update: configmaps persistentvolumeclaims replicationcontrollers
      replicationcontrollers/scale secrets serviceaccounts services services/proxy
  create: serviceaccounts/token
  create delete deletecollection patch update: events of core events.k8s.io
  create delete deletecollection patch update: daemonsets deployments deployments/rollback deployments/scale
      replicasets replicasets/scale statefulsets statefulsets/scale of apps
  create delete deletecollection patch update: horizontalpodautoscalers of autoscaling
  create delete deletecollection patch update: cronjobs jobs of batch
  create delete deletecollection patch update: daemonsets deployments deployments/rollback deployments/scale ingresses
      networkpolicies replicasets replicasets/scale replicationcontrollers/scale of extensions
  create delete deletecollection patch update: poddisruptionbudgets of policy
  create delete deletecollection patch update: ingresses networkpolicies of networking.k8s.io
  create delete deletecollection get list patch update watch: leases of coordination.k8s.io
  create delete deletecollection patch update: resourceclaims resourceclaimtemplates of resource.k8s.io
system:aggregate-to-view -> aggregate-to-view
  get list watch: configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods
      replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status
  get list watch: bindings limitranges namespaces/status pods/log pods/status replicationcontrollers/status
      resourcequotas resourcequotas/status
  get list watch: namespaces
  get list watch: events of core events.k8s.io
  get list watch: endpointslices of discovery.k8s.io
  get list watch: controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status
      replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status of apps
  get list watch: horizontalpodautoscalers horizontalpodautoscalers/status of autoscaling
  get list watch: cronjobs cronjobs/status jobs jobs/status of batch
  get list watch: daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses
      ingresses/status networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale
      of extensions
  get list watch: poddisruptionbudgets poddisruptionbudgets/status of policy
  get list watch: ingresses ingresses/status networkpolicies of networking.k8s.io
  get list watch: resourceclaims resourceclaims/status resourceclaimtemplates of resource.k8s.io
system:auth-delegator
  create: tokenreviews of authentication.k8s.io
  create: subjectaccessreviews of authorization.k8s.io
system:basic-user
  create: selfsubjectaccessreviews selfsubjectrulesreviews of authorization.k8s.io
  create: selfsubjectreviews of authentication.k8s.io
system:certificates.k8s.io:certificatesigningrequests:nodeclient
  create: certificatesigningrequests/nodeclient of certificates.k8s.io
system:certificates.k8s.io:certificatesigningrequests:selfnodeclient
  create: certificatesigningrequests/selfnodeclient of certificates.k8s.io
system:certificates.k8s.io:kube-apiserver-client-approver
  approve: signers of certificates.k8s.io named kubernetes.io/kube-apiserver-client
system:certificates.k8s.io:kube-apiserver-client-kubelet-approver
  approve: signers of certificates.k8s.io named kubernetes.io/kube-apiserver-client-kubelet
system:certificates.k8s.io:kubelet-serving-approver
  approve: signers of certificates.k8s.io named kubernetes.io/kubelet-serving
system:certificates.k8s.io:legacy-unknown-approver
  approve: signers of certificates.k8s.io named kubernetes.io/legacy-unknown
system:discovery
  get: /api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/
system:heapster
  get list watch: events namespaces nodes pods
  get list watch: deployments of extensions
system:kube-aggregator
  get list watch: endpoints services
system:kube-controller-manager
  create patch update: events of core events.k8s.io
  create: leases of coordination.k8s.io
  get update: leases of coordination.k8s.io named kube-controller-manager
  create: secrets serviceaccounts
  delete: secrets
  get: configmaps namespaces secrets serviceaccounts
  update: secrets serviceaccounts
  create: tokenreviews of authentication.k8s.io
  create: subjectaccessreviews of authorization.k8s.io
  list watch: * of *
  create: serviceaccounts/token
system:kube-dns
  list watch: endpoints services
system:kube-scheduler
  create patch update: events of core events.k8s.io
  create: leases of coordination.k8s.io
  get list update watch: leases of coordination.k8s.io named kube-scheduler
  create delete deletecollection get list patch update watch: leasecandidates of coordination.k8s.io
  get list watch: nodes
  delete get list watch: pods
  create: bindings pods/binding
  patch update: pods/status
  get list watch: replicationcontrollers services
  get list watch: replicasets of apps extensions
  get list watch: statefulsets of apps
  get list watch: poddisruptionbudgets of policy
  get list watch: persistentvolumeclaims persistentvolumes
  create: tokenreviews of authentication.k8s.io
  create: subjectaccessreviews of authorization.k8s.io
  get list watch: csinodes of storage.k8s.io
  get list watch: volumeattachments of storage.k8s.io
  get list watch: namespaces
  get list watch: csidrivers of storage.k8s.io
  get list watch: csistoragecapacities of storage.k8s.io
  get list watch: deviceclasses of resource.k8s.io
  get list patch update watch: resourceclaims of resource.k8s.io
  get list patch update watch: resourceclaims/status of resource.k8s.io
  update: pods/finalizers
  get list watch: resourceslices of resource.k8s.io
  create delete: resourceclaims of resource.k8s.io
  patch update: resourceclaims/binding of resource.k8s.io
system:kubelet-api-admin
  get list watch: nodes
  proxy: nodes
  *: nodes/log nodes/metrics nodes/proxy nodes/stats
  *: nodes/configz nodes/healthz nodes/pods
system:monitoring
  get: /flagz /healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/* /statusz
  get: nodes/metrics
system:node
  create: tokenreviews of authentication.k8s.io
  create: localsubjectaccessreviews subjectaccessreviews of authorization.k8s.io
  get list watch: services
  create get list watch: nodes
  patch update: nodes/status
  patch update: nodes
  create patch update: events of core events.k8s.io
  get list watch: pods
  create delete: pods
  patch update: pods/status
  create: pods/eviction
  get list watch: configmaps secrets
  get: persistentvolumeclaims persistentvolumes
  get: endpoints
  create get list watch: certificatesigningrequests of certificates.k8s.io
  create delete get patch update: leases of coordination.k8s.io
  get: volumeattachments of storage.k8s.io
  create: serviceaccounts/token
  get patch update: persistentvolumeclaims/status
  get list watch: csidrivers of storage.k8s.io
  create delete get patch update: csinodes of storage.k8s.io
  get list watch: runtimeclasses of node.k8s.io
  get: resourceclaims of resource.k8s.io
  deletecollection: resourceslices of resource.k8s.io
  get: serviceaccounts
system:node-bootstrapper
  create get list watch: certificatesigningrequests of certificates.k8s.io
system:node-problem-detector
  get: nodes
  patch: nodes/status
  create patch update: events of core events.k8s.io
system:node-proxier
  list watch: endpoints services
  get list watch: nodes
  create patch update: events of core events.k8s.io
  list watch: servicecidrs of networking.k8s.io
  list watch: endpointslices of discovery.k8s.io
system:persistent-volume-provisioner
  create delete get list watch: persistentvolumes
  get list update watch: persistentvolumeclaims
  get list watch: storageclasses of storage.k8s.io
  watch: events
  create patch update: events of core events.k8s.io
system:public-info-viewer
  get: /healthz /livez /readyz /version /version/
system:service-account-issuer-discovery
  get: /.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/
system:volume-scheduler
  get list patch update watch: persistentvolumes
  get list watch: storageclasses of storage.k8s.io
  get list patch update watch: persistentvolumeclaims
view -> aggregate-to-edit <- aggregate-to-view
"""

ROLES = """
kube-public/system:controller:bootstrap-signer
  get list watch: configmaps
  update: configmaps named cluster-info
  create patch update: events of core events.k8s.io
kube-system/extension-apiserver-authentication-reader
  get list watch: configmaps named extension-apiserver-authentication
kube-system/system::leader-locking-kube-controller-manager
  create get list update watch: leases of coordination.k8s.io
  create get list update watch: leasecandidates of coordination.k8s.io
kube-system/system::leader-locking-kube-scheduler
  create get list update watch: leases of coordination.k8s.io
  create get list update watch: leasecandidates of coordination.k8s.io
kube-system/system:controller:bootstrap-signer
  get list watch: secrets
kube-system/system:controller:cloud-provider
  create get list watch: configmaps
kube-system/system:controller:token-cleaner
  delete get list watch: secrets
  create patch update: events of core events.k8s.io
"""
