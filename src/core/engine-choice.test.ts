import { expect, test } from 'vitest'
import { chooseEngine, type EngineName, type EngineSetting } from './engine-choice.ts'

const neither: EngineName[] = []
test.each<[EngineSetting, EngineName[], EngineName | undefined]>([
  ['auto', neither, undefined],
  ['auto', ['flux'], 'flux'],
  ['auto', ['helm-operator'], 'helm-operator'],
  ['auto', ['flux', 'helm-operator'], 'helm-operator'],
  ['flux', neither, undefined],
  ['flux', ['helm-operator'], undefined],
  ['flux', ['flux', 'helm-operator'], 'flux'],
  ['helm-operator', neither, undefined],
  ['helm-operator', ['flux'], undefined],
  ['helm-operator', ['flux', 'helm-operator'], 'helm-operator'],
])('Told "%s" in a cluster that serves %j, the operator uses %s', (setting, served, expected) => {
  expect(chooseEngine(setting, new Set(served))).toBe(expected)
})
