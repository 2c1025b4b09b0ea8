import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { repositoryIdentity } from './identity.ts'
import { environmentName, isDnsLabel, normaliseName, pipelineRunName, releaseName } from './names.ts'

const shop = repositoryIdentity('https://git.example.com/acme/shop')

describe('environmentName', () => {
  test('is repository, number and a hash of the whole identity', () => {
    expect(environmentName(shop, 7)).toBe('shop-7-19f53e97')
  })

  test('is the same however the URL is spelt', () => {
    const spellings = [
      'https://user:pw@git.example.com/acme/shop.git/',
      'git@git.example.com:acme/shop.git',
      'https://GIT.example.com:443/ACME/Shop',
    ]

    expect(new Set(spellings.map((url) => environmentName(repositoryIdentity(url), 7)))).toEqual(
      new Set([environmentName(shop, 7)]),
    )
  })

  test.each([
    ['another owner', 'https://git.example.com/other/shop', 7],
    ['another host', 'https://git.example.org/acme/shop', 7],
    ['a name that reads alike when made legal', 'https://git.example.com/acme/sh.op', 7],
    ['another number', 'https://git.example.com/acme/shop', 8],
    ['a nested group', 'https://git.example.com/acme/team/shop', 7],
  ])('differs for %s', (_case, url, number) => {
    expect(environmentName(repositoryIdentity(url), number)).not.toBe(environmentName(shop, 7))
  })

  test('differs for names that become the same label, at the same number', () => {
    const dotted = environmentName(repositoryIdentity('https://git.example.com/acme/a.b'), 1)
    const dashed = environmentName(repositoryIdentity('https://git.example.com/acme/a-b'), 1)

    expect(dotted.slice(0, 6)).toBe(dashed.slice(0, 6))
    expect(dotted).not.toBe(dashed)
  })

  test('is a DNS label for any repository name and number', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.integer({ min: 1, max: 2 ** 31 }), (name, number) => {
        expect(environmentName({ host: 'h', owner: 'o', name }, number)).toSatisfy(isDnsLabel)
      }),
    )
  })
})

describe('releaseName', () => {
  test.each([
    ['shop', 'shop'],
    ['Shop.Front_End', 'shop-front-end'],
    ['1e5', 'app-1e5'],
    ['приложение', 'app'],
    ['a'.repeat(60), 'a'.repeat(53)],
    [`${'a'.repeat(52)}-b`, 'a'.repeat(52)],
    ['9'.repeat(60), `app-${'9'.repeat(49)}`],
  ])('of %s is %s', (repository, expected) => {
    expect(releaseName(repository)).toBe(expected)
  })

  test('starts with a letter and fits Helm for any repository name', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (name) => {
        expect(releaseName(name)).toMatch(/^[a-z](?:[a-z0-9-]{0,51}[a-z0-9])?$/)
      }),
    )
  })
})

test.each([
  ['feature/LOGIN-Page', 63, 'feature-login-page'],
  ['--a--', 63, 'a'],
  ['my--app', 63, 'my--app'],
  ['', 63, 'app'],
  ['abcdef', 3, 'abc'],
])('normaliseName(%j, %i) is %j', (raw, max, expected) => {
  expect(normaliseName(raw, max)).toBe(expected)
})

test('a run of a commit is named by the pull request and the commit, within a label', () => {
  const long = repositoryIdentity(`https://git.example.com/acme/${'x'.repeat(100)}`)

  expect(pipelineRunName(shop, 7, 'a'.repeat(40))).toBe('shop-7-19f53e97-aaaaaaaaaa')
  expect(pipelineRunName(long, 1234567, 'a'.repeat(40))).toHaveLength(63)
})
