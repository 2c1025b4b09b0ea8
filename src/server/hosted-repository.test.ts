import { expect, test } from 'vitest'
import type { Repository } from '../api/repository.ts'
import type { Connection } from './connection.ts'
import { connectionOf, createHostedRepository, memoryOf, replaceObject } from './hosted-repository.ts'
import { repositorySpec } from './testing/rehearsal.ts'

function repository(generation: number, url = 'https://git.example.com/acme/shop'): Repository {
  return {
    apiVersion: 'tronador.stakater.com/v1alpha1',
    kind: 'Repository',
    metadata: { name: 'shop', namespace: 'tronador-system', generation },
    spec: repositorySpec({ url }),
  }
}

test('a connection that was made of an older object does not replace that of the newer one', async () => {
  const hosted = createHostedRepository('tronador-system/shop', repository(1))
  const older = { name: 'older' } as unknown as Connection
  const newer = { name: 'newer' } as unknown as Connection
  const slow = Promise.withResolvers<Connection>()

  const first = connectionOf(hosted, () => slow.promise)
  replaceObject(hosted, repository(2))
  expect(await connectionOf(hosted, async () => newer)).toBe(newer)
  slow.resolve(older)

  expect(await first).toBe(older)
  expect(hosted.connection).toBe(newer)
})

test('pull requests are remembered as long as the repository is the same', () => {
  const hosted = createHostedRepository('tronador-system/shop', repository(1))
  memoryOf(hosted, 7)

  replaceObject(hosted, repository(2, 'https://git.example.com/Acme/Shop'))
  expect([...hosted.pulls.keys()]).toEqual([7])
  replaceObject(hosted, repository(3, 'https://git.example.com/acme/store'))
  expect([...hosted.pulls.keys()]).toEqual([])
})
