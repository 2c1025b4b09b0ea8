import { expect, test } from 'vitest'
import { type AdmissionFacts, admitChange, decideImageWait, imagePollDelay, mustHoldBack } from './decide-change.ts'

const open = { state: 'open', source: { fork: false } } as const
const fork = { state: 'open', source: { fork: true } } as const
const closed = { state: 'closed', source: { fork: false } } as const
const facts: AdmissionFacts = { pull: open, hasFile: false, missedSweeps: 0, others: 0, limit: 5 }

test.each<[string, Partial<AdmissionFacts>, string]>([
  ['an open pull request is prepared', {}, 'prepare'],
  ['a closed one loses its environment', { pull: closed, hasFile: true }, 'remove'],
  ['a fork is refused', { pull: fork }, 'refuseFork'],
  ['a closed fork is closed', { pull: { ...fork, state: 'closed' } }, 'remove'],
  ['the last free place is taken', { others: 4 }, 'prepare'],
  ['no place is free', { others: 5 }, 'refuseLimit'],
  ['who has a place keeps it', { others: 9, hasFile: true }, 'prepare'],
  ['404 proves nothing', { pull: undefined, hasFile: true }, 'leave'],
  ['one sweep’s 404 proves nothing', { pull: undefined, hasFile: true, missedSweeps: 1 }, 'leave'],
  ['two sweeps in a row do', { pull: undefined, hasFile: true, missedSweeps: 2 }, 'remove'],
  ['without a file there is nothing to remove', { pull: undefined, missedSweeps: 9 }, 'leave'],
])('%s', (_, difference, admission) => {
  expect(admitChange({ ...facts, ...difference })).toBe(admission)
})

test.each<[string, Parameters<typeof decideImageWait>[0], string]>([
  ['an image that is missing is awaited', { run: undefined, waited: 9, patience: 10 }, 'awaitImage'],
  ['but not for ever', { run: undefined, waited: 10, patience: 10 }, 'giveUpOnImage'],
  ['a run of ours may take its time', { run: 'underWay', waited: 99, patience: 10 }, 'awaitRun'],
  ['a failed run is told at once', { run: 'failed', waited: 0, patience: 10 }, 'reportFailure'],
  ['a registry may be a little behind', { run: 'succeeded', waited: 59_999, patience: 10 }, 'awaitImage'],
  ['but not for ever either', { run: 'succeeded', waited: 60_000, patience: 99_999 }, 'reportNoImage'],
])('%s', (_, given, wait) => {
  expect(decideImageWait(given)).toBe(wait)
})

test('the registry is asked often at first and twice a minute in the end', () => {
  expect([0, 1, 2, 5, 9, 10, 1000].map(imagePollDelay)).toEqual([500, 750, 1125, 3797, 19_222, 28_833, 30_000])
})

test.each<[string, Parameters<typeof mustHoldBack>[0], boolean]>([
  ['few may go at once', { files: 6, gone: [1, 2, 3, 4, 5], heldBefore: undefined }, false],
  ['many of very many may', { files: 20, gone: [1, 2, 3, 4, 5, 6], heldBefore: undefined }, false],
  ['a large part may not', { files: 19, gone: [1, 2, 3, 4, 5, 6], heldBefore: undefined }, true],
  ['unless it was gone before', { files: 19, gone: [1, 2, 3, 4, 5, 6], heldBefore: [6, 5, 4, 3, 2, 1] }, false],
  ['others than before do not count', { files: 19, gone: [1, 2, 3, 4, 5, 7], heldBefore: [1, 2, 3, 4, 5, 6] }, true],
])('%s', (_, given, hold) => {
  expect(mustHoldBack(given)).toBe(hold)
})
