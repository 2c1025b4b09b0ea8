import { expect, test } from 'vitest'
import { chooseSubject, operatorArguments } from './subject.ts'

test('an engine that nobody asked for is the operator’s own choice, and it is told nothing', () => {
  const environment = chooseSubject('Environment', undefined)
  const provisioner = chooseSubject('EnvironmentProvisioner', undefined)
  expect([environment.engine, provisioner.engine]).toEqual(['flux', 'helm-operator'])
  expect([environment, provisioner].flatMap(operatorArguments)).toEqual([])
})

test.each([
  ['Environment', 'helm-operator', ['--environment-engine', 'helm-operator']],
  ['EnvironmentProvisioner', 'flux', ['--provisioner-engine', 'flux']],
] as const)('an engine for %s is asked of the operator for that kind alone', (kind, engine, args) => {
  const subject = chooseSubject(kind, engine)
  expect(subject.engine).toBe(engine)
  expect(operatorArguments(subject)).toEqual(args)
})
