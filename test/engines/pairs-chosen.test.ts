/** Both kinds, each with the other engine: an administrator's choice. */
import { setStage } from '../environment-operator.ts'
import { testPair } from './pairs.ts'

const stage = setStage({ engines: { Environment: 'helm-operator', EnvironmentProvisioner: 'flux' } })

testPair({ kind: 'Environment', engine: 'helm-operator' }, stage)
testPair({ kind: 'EnvironmentProvisioner', engine: 'flux' }, stage)
