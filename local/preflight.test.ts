import { expect, test } from 'vitest'
import { checkMachine, findFaults, type Machine } from './preflight.ts'

const goodMachine: Machine = {
  hasCommand: () => true,
  goVersion: 'go1.26.8',
  freeDisk: 100 * 2 ** 30,
  isCacheWarm: false,
  nodeObstacles: [],
}

test('a machine with everything lacks nothing', () => {
  expect(findFaults('pods', goodMachine)).toEqual([])
})

test('missing programs are named with the packages that bring them', () => {
  const machine = { ...goodMachine, hasCommand: (name: string) => name !== 'cc' && name !== 'git' }
  expect(findFaults('pull-requests', machine)).toEqual([
    [
      'This machine lacks what cannot be installed into the project:',
      '  git      serves, fetches and pushes repositories',
      '  cc       compiles what Gitea keeps its data in',
      'Get it with one of',
      '  sudo apt-get install git gcc libc6-dev',
      '  sudo dnf install git gcc glibc-devel',
    ].join('\n'),
  ])
})

test('a tier asks only for what it needs itself', () => {
  const machine = { ...goodMachine, hasCommand: (name: string) => !['cc', 'git', 'nft', 'ip'].includes(name) }
  expect(findFaults('control-plane', machine)).toEqual([])
})

test('pipelines are not simulated', async () => {
  await expect(checkMachine('pipelines', { simulatePods: true })).rejects.toThrow(
    'Pipelines run in real pods alone: ask for tier pods with --simulate-pods, or leave it out.',
  )
})

test('Argo CD needs a Redis, and nothing else does', () => {
  const machine = { ...goodMachine, hasCommand: (name: string) => name !== 'redis-server' }
  expect(findFaults('pods', machine)).toEqual([])
  expect(findFaults('pull-requests', machine, { argocd: true })).toEqual([
    [
      'This machine lacks what cannot be installed into the project:',
      '  redis-server keeps what Argo CD remembers',
      'Get it with one of',
      '  sudo apt-get install redis-server',
      '  sudo dnf install redis',
    ].join('\n'),
  ])
})

test('a Go that cannot fetch its successor is refused', () => {
  expect(findFaults('control-plane', { ...goodMachine, goVersion: 'go1.19.8' })).toEqual([
    'go1.19.8 is too old: 1.21 is the first Go that fetches the version it needs. Get one from https://go.dev/dl.',
  ])
})

test('a full disk is noticed before it is full, and a warm cache needs less of it', () => {
  const machine = { ...goodMachine, freeDisk: 5 * 2 ** 30 }
  expect(findFaults('control-plane', machine)).toEqual([
    'The disk of the cache folder has 5.0 GiB free; 6 GiB are needed.',
  ])
  expect(findFaults('control-plane', { ...machine, isCacheWarm: true })).toEqual([])
})

test('what keeps real pods from running is told, with the way around it', () => {
  expect(findFaults('pods', { ...goodMachine, nodeObstacles: ['the rights of root'] })).toEqual([
    [
      'This machine cannot run real pods. They need a node of its own in Linux namespaces, and that needs:',
      '  the rights of root',
      'Mend it (as root, outside of a container), or add --simulate-pods: pods then only seem to run.',
    ].join('\n'),
  ])
})
