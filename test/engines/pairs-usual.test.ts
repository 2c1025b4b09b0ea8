/** Both kinds, each with the engine that runs it where nobody has said otherwise. */
import { setStage } from '../environment-operator.ts'
import { testPair } from './pairs.ts'

const stage = setStage()

testPair({ kind: 'Environment', engine: 'flux' }, stage)
testPair({ kind: 'EnvironmentProvisioner', engine: 'helm-operator' }, stage)
