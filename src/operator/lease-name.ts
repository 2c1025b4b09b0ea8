/** Name of the lease, in the operator's own namespace, that lets one operator of several work. */
export const operatorLease = 'tronador-operator'
