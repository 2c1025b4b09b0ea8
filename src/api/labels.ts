/** The label, annotation and finalizer keys that Tronador writes. Nothing else may spell them out. */

/** The API group of Tronador's kinds and the prefix of its keys. */
export const group = 'tronador.stakater.com'

/** On everything we make: the selector of our watches and half of the proof of ownership. */
export const managedByLabel = 'app.kubernetes.io/managed-by'
/** The value of {@link managedByLabel}; the old Tronador's, kept so that its scripts still select. */
export const managedByValue = 'tronador.stakater.com'
/** Name of the environment that an object belongs to. On everything we make and, through Flux, on what charts make. */
export const environmentLabel = 'tronador.stakater.com/environment'
/** On a namespace: UID of the object that owns it. The other half of the proof. */
export const ownerUidAnnotation = 'tronador.stakater.com/owner-uid'
/** On a namespace: `Kind/name` of the object that owns it, for people. */
export const ownerAnnotation = 'tronador.stakater.com/owner'
/** On a namespace: the label keys our object has put there (comma-separated), so that they can leave again. */
export const appliedLabelsAnnotation = 'tronador.stakater.com/applied-labels'
/** On any of our objects: reconcile now. Any new value will do; Flux's own key is honoured too. */
export const requestedAtAnnotation = 'reconcile.tronador.stakater.com/requestedAt'
/**
 * On what we render: `disabled` keeps Flux from filling `${…}` in it. A pull request chooses much of that text, and
 * would read the variables of the cluster, or stop the whole Kustomization with a brace that is not closed.
 */
export const substituteAnnotation = 'kustomize.toolkit.fluxcd.io/substitute'
/** On our own kinds while they must be torn down before they go. */
export const finalizer = 'tronador.stakater.com/finalizer'

/**
 * On an `EnvironmentProvisioner`, which has no field for them: the pull request it was rendered from, as
 * `spec.change` of an `Environment` has it.
 */
export const changeAnnotations = {
  provider: 'tronador.stakater.com/provider',
  repository: 'tronador.stakater.com/repository',
  number: 'tronador.stakater.com/pull-request',
  commit: 'tronador.stakater.com/commit',
  branch: 'tronador.stakater.com/branch',
  url: 'tronador.stakater.com/pull-request-url',
} as const

/** Field manager of everything the operator applies. */
export const operatorFieldManager = 'tronador-operator'
