import { expect, test } from 'vitest'
import { silentProgress } from '../progress.ts'
import { createStages, StageFailed, waitFor } from './stage.ts'

const never = new Promise<never>(() => undefined)

test('stages are kept in order with what was seen', async () => {
  const stages = createStages(silentProgress, never)
  await stages.run('open', 'It opens', async (stage) => stage.saw('a door'))
  await stages.run('close', 'It closes', async () => undefined)
  expect(stages.reports.map(({ seconds: _, ...rest }) => rest)).toEqual([
    { name: 'open', title: 'It opens', ok: true, detail: 'a door' },
    { name: 'close', title: 'It closes', ok: true, detail: '' },
  ])
})

test('a stage that fails says which it was and why', async () => {
  const stages = createStages(silentProgress, never)
  const failing = stages.run('open', 'It opens', async () => Promise.reject(new Error('it is locked')))
  await expect(failing).rejects.toEqual(new StageFailed('open', 'It opens', new Error('it is locked')))
  expect(stages.reports).toMatchObject([{ name: 'open', ok: false, detail: 'It opens: it is locked' }])
})

test('the death of a component fails the stage that runs', async () => {
  const stages = createStages(silentProgress, Promise.resolve(new Error('gitea was ended by SIGKILL')))
  await expect(stages.run('open', 'It opens', () => never)).rejects.toThrow('It opens: gitea was ended by SIGKILL')
})

test('waiting ends with what was waited for and what was seen last', async () => {
  const waiting = waitFor('A visitor', async () => ({ still: 'an empty room' }), { within: 0 })
  await expect(waiting).rejects.toThrow('A visitor was not seen within 0 s; last: an empty room')
})

test('an error of a look is only "not yet"', async () => {
  let looks = 0
  const found = waitFor('A visitor', async () => {
    looks += 1
    if (looks === 1) throw new Error('the door is shut')
    return { found: 'Ada' }
  })
  await expect(found).resolves.toBe('Ada')
})
