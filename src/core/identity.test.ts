import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TronadorError } from './errors.ts'
import { hideUserInfo, identityText, repositoryIdentity } from './identity.ts'

test.each([
  ['https://git.example.com/acme/shop', 'git.example.com/acme/shop'],
  ['https://git.example.com/acme/shop.git', 'git.example.com/acme/shop'],
  ['https://git.example.com/acme/shop.git/', 'git.example.com/acme/shop'],
  ['https://user:token@Git.Example.com/acme/shop', 'git.example.com/acme/shop'],
  ['https://git.example.com:443/acme/shop', 'git.example.com/acme/shop'],
  ['https://git.example.com:8443/acme/shop', 'git.example.com:8443/acme/shop'],
  ['http://127.0.0.1:3000/acme/shop', '127.0.0.1:3000/acme/shop'],
  ['ssh://git@git.example.com/acme/shop.git', 'git.example.com/acme/shop'],
  ['git@git.example.com:acme/shop.git', 'git.example.com/acme/shop'],
  ['git.example.com:acme/shop.git', 'git.example.com/acme/shop'],
  ['https://gitlab.example.com/group/sub/shop', 'gitlab.example.com/group/sub/shop'],
  ['https://git.example.com/~ann/shop.js', 'git.example.com/~ann/shop.js'],
  ['http://[::1]:3000/acme/shop', '[::1]:3000/acme/shop'],
])('%s is %s', (url, expected) => {
  expect(identityText(repositoryIdentity(url))).toBe(expected)
})

test.each([
  ['an empty text', ''],
  ['a path', '/srv/git/shop'],
  ['a file URL', 'file:///srv/git/shop'],
  ['an external helper', 'ext::sh -c id'],
  ['an external helper in capitals', 'EXT::sh'],
  ['an option', '--upload-pack=touch/x'],
  ['an option as host', 'ssh://-oProxyCommand=x/acme/shop'],
  ['an option as owner', 'git@git.example.com:-acme/shop'],
  ['no owner', 'https://git.example.com/shop'],
  ['no path', 'https://git.example.com'],
  ['a query', 'https://git.example.com/acme/shop?x=1'],
  ['a fragment', 'https://git.example.com/acme/shop#x'],
  ['two dots', 'https://git.example.com/acme/../shop'],
  ['an empty part', 'https://git.example.com/acme//shop'],
  ['an escape', 'https://git.example.com/acme/%2e%2e/shop'],
  ['a space', 'https://git.example.com/acme/my shop'],
  ['a backslash', 'https://git.example.com\\@evil.example/acme/shop'],
  ['a line break', 'https://git.example.com/acme/shop\n'],
  ['just .git', 'https://git.example.com/acme/.git'],
])('%s is refused', (_case, url) => {
  expect(() => repositoryIdentity(url)).toThrow(expect.objectContaining({ code: 'RepositoryUrlInvalid' }))
})

test('no text at all makes it fail otherwise than by its own error', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webUrl(),
        fc.string().map((x) => `git@${x}`),
      ),
      (url) => {
        try {
          expect(identityText(repositoryIdentity(url))).not.toMatch(/[\s\\@]/)
        } catch (error) {
          expect(error).toBeInstanceOf(TronadorError)
        }
      },
    ),
  )
})

test('a refusal never repeats a password', () => {
  expect(() => repositoryIdentity('https://ann:secret@git.example.com/shop')).toThrow(
    'The repository URL https://git.example.com/shop cannot be used: its path has no owner and name.',
  )
  expect(hideUserInfo('https://ann:s@cret@git.example.com/shop')).toBe('https://git.example.com/shop')
  for (const url of ['ann:secret@git.example.com/acme/shop', 'https://ann:sec/secret@git.example.com/acme/shop']) {
    expect(() => repositoryIdentity(url)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('sec') }),
    )
  }
})
