/** What every GitOps adapter keeps: run over the real one and the fake alike. */
import { afterEach, describe, expect, it } from 'vitest'
import { describeCommit } from './commit-message.ts'
import type { GitOps } from './gitops.ts'

/** One commit of the branch as the contract looks at it. */
export interface SeenCommit {
  readonly message: string
  /** Paths it touched. */
  readonly paths: readonly string[]
}

/** A branch with one file `README.md` (`read me`), and somebody else who writes there. */
export interface Stage {
  readonly gitops: GitOps
  /** Another writer's commit, behind the adapter's back. */
  readonly write: (path: string, text: string | undefined) => Promise<void>
  /** Commits since the first one, oldest first. */
  readonly log: () => Promise<readonly SeenCommit[]>
  readonly head: () => Promise<string>
  readonly close: () => Promise<void>
}

const message = describeCommit('Deploy', {
  environment: 'shop-7-1a2b3c4d',
  pullRequest: { repository: 'git.example.com/acme/shop', number: 7 },
  commit: '0123456789abcdef0123456789abcdef01234567',
})

const put = (path: string, text: string | undefined) => ({ path, edit: () => text, message })

const textAt = async (gitops: GitOps, path: string) => (await gitops.list('')).get(path)

const hostilePaths = [
  '../pr-7.yaml',
  'team/../pr-7.yaml',
  '/etc/passwd',
  'team//pr-7.yaml',
  './pr-7.yaml',
  'team/',
  '',
  '.git/config',
  'team/.GIT/hooks/post-update',
  'git~1/config',
  '.git./config',
  '.git::$INDEX_ALLOCATION/config',
  '.gitmodules',
  'team\\pr-7.yaml',
  'team/pr-7.yaml\0.txt',
  'team/pr-7.yaml\nM 100644 inline x',
  '%2e%2e/pr-7.yaml',
  'team%2fpr-7.yaml',
  '\u2025/pr-7.yaml',
  '\uff0e\uff0e/pr-7.yaml',
  '.g\u200bit/config',
  'x'.repeat(256),
  `${'x/'.repeat(600)}y`,
  'README.md/pr-7.yaml',
]

/** Declares the suite for one adapter. */
export function describeGitOpsContract(name: string, setStage: () => Promise<Stage>): void {
  describe(`${name} keeps the GitOps contract`, () => {
    let stage: Stage
    const start = async () => {
      stage = await setStage()
      return stage
    }
    afterEach(() => stage.close())

    it('writes a new file in one commit whose trailers name environment, pull request and commit', async () => {
      const { gitops, log, head } = await start()
      const pushed = await gitops.change(put('team/shop/pr-7.yaml', 'a: 1\n'))
      expect(pushed).toEqual({ commit: await head(), changed: true })
      expect(await log()).toEqual([
        {
          message:
            'Deploy shop-7-1a2b3c4d at 0123456789ab\n\n' +
            'Tronador-Environment: shop-7-1a2b3c4d\n' +
            'Tronador-Pull-Request: git.example.com/acme/shop pull 7\n' +
            'Tronador-Commit: 0123456789abcdef0123456789abcdef01234567\n',
          paths: ['team/shop/pr-7.yaml'],
        },
      ])
      expect(await textAt(gitops, 'team/shop/pr-7.yaml')).toBe('a: 1\n')
    })

    it('makes no commit when nothing changes', async () => {
      const { gitops, log, head } = await start()
      await gitops.change(put('pr-7.yaml', 'a: 1\n'))
      expect(await gitops.change(put('pr-7.yaml', 'a: 1\n'))).toEqual({ commit: await head(), changed: false })
      expect(await gitops.change(put('pr-8.yaml', undefined))).toEqual({ commit: await head(), changed: false })
      expect(await log()).toHaveLength(1)
    })

    it('removes a file in one commit and leaves all others', async () => {
      const { gitops, log } = await start()
      await gitops.change(put('team/pr-7.yaml', 'a: 1\n'))
      await gitops.change(put('team/pr-8.yaml', 'a: 2\n'))
      await gitops.change(put('team/pr-7.yaml', undefined))
      expect((await log()).map((commit) => commit.paths)).toEqual([
        ['team/pr-7.yaml'],
        ['team/pr-8.yaml'],
        ['team/pr-7.yaml'],
      ])
      expect(await gitops.list('')).toEqual(
        new Map([
          ['README.md', 'read me'],
          ['team/pr-8.yaml', 'a: 2\n'],
        ]),
      )
    })

    it('hands the text that stands at the head to the edit, whoever wrote it', async () => {
      const { gitops, write } = await start()
      await gitops.change(put('pr-7.yaml', 'mine\n'))
      await write('pr-7.yaml', 'theirs\n')
      await gitops.change({ path: 'pr-7.yaml', edit: (current) => `${current}mine\n`, message })
      expect(await textAt(gitops, 'pr-7.yaml')).toBe('theirs\nmine\n')
    })

    it('builds on top of other writers and keeps their files', async () => {
      const { gitops, write, log } = await start()
      await gitops.change(put('pr-7.yaml', 'a: 1\n'))
      await write('other.yaml', 'b: 1\n')
      await gitops.change(put('pr-7.yaml', 'a: 2\n'))
      expect((await log()).map((commit) => commit.paths)).toEqual([['pr-7.yaml'], ['other.yaml'], ['pr-7.yaml']])
      expect(await textAt(gitops, 'other.yaml')).toBe('b: 1\n')
    })

    it('sees that nothing is left to do where somebody else has done it', async () => {
      const { gitops, write, log, head } = await start()
      await gitops.change(put('pr-7.yaml', 'a: 1\n'))
      await write('pr-7.yaml', 'a: 2\n')
      expect(await gitops.change(put('pr-7.yaml', 'a: 2\n'))).toEqual({ commit: await head(), changed: false })
      expect(await log()).toHaveLength(2)
    })

    it('lets an edit refuse, with nothing written', async () => {
      const { gitops, log } = await start()
      const edit = () => {
        throw new Error('not mine')
      }
      await expect(gitops.change({ path: 'README.md', edit, message })).rejects.toThrow('not mine')
      expect(await log()).toEqual([])
    })

    it('judges a refusal by the head as it is now, not by one it remembers', async () => {
      const { gitops, write } = await start()
      await gitops.change(put('pr-7.yaml', 'locked'))
      await write('pr-7.yaml', 'free')
      const edit = (current: string | undefined) => {
        if (current === 'locked') throw new Error('it is locked')
        return 'taken'
      }
      expect((await gitops.change({ path: 'pr-7.yaml', edit, message })).changed).toBe(true)
    })

    it('does changes one after the other when many are asked for at once', async () => {
      const { gitops, log } = await start()
      const edit = (current: string | undefined) => `${current ?? ''}x`
      await Promise.all(Array.from({ length: 8 }, () => gitops.change({ path: 'pr-7.yaml', edit, message })))
      expect(await textAt(gitops, 'pr-7.yaml')).toBe('xxxxxxxx')
      expect(await log()).toHaveLength(8)
    })

    it('lists a folder with all below it, and nothing beside it', async () => {
      const { gitops, write } = await start()
      await write('team/a/pr-1.yaml', '1')
      await write('team/b/c/pr-2.yaml', '2')
      await write('team-b/pr-3.yaml', '3')
      const found = new Map([
        ['team/a/pr-1.yaml', '1'],
        ['team/b/c/pr-2.yaml', '2'],
      ])
      expect(await gitops.list('team')).toEqual(found)
      expect(await gitops.list('team/')).toEqual(found)
      expect(await gitops.list('nobody')).toEqual(new Map())
    })

    it('lists what stands after each change, by whomever', async () => {
      const { gitops, write } = await start()
      const seen: string[] = []
      const look = async () => seen.push([...(await gitops.list('team'))].sort().join(' '))
      await look()
      await gitops.change(put('team/pr-7.yaml', 'mine'))
      await look()
      await gitops.change(put('else/pr-7.yaml', 'elsewhere'))
      await look()
      await write('team/pr-8.yaml', 'theirs')
      await look()
      await write('team/pr-7.yaml', undefined)
      await gitops.change(put('team/pr-9.yaml', 'mine'))
      await look()
      await gitops.change(put('team/pr-8.yaml', undefined))
      await look()
      expect(seen).toEqual([
        '',
        'team/pr-7.yaml,mine',
        'team/pr-7.yaml,mine',
        'team/pr-7.yaml,mine team/pr-8.yaml,theirs',
        'team/pr-8.yaml,theirs team/pr-9.yaml,mine',
        'team/pr-9.yaml,mine',
      ])
    })

    it('keeps every character of a text', async () => {
      const { gitops } = await start()
      const text = '\ufeffa: "ü 🌊 \\" \r\n"\n# no newline at the end'
      await gitops.change(put('pr-7.yaml', text))
      expect(await textAt(gitops, 'pr-7.yaml')).toBe(text)
    })

    it('refuses every path that is not plain', async () => {
      const { gitops, log } = await start()
      const accepted: string[] = []
      for (const path of hostilePaths) {
        const code = await gitops.change(put(path, 'a: 1\n')).then(
          () => 'accepted',
          (error: { code?: string }) => error.code,
        )
        if (code !== 'GitPathRefused') accepted.push(path)
      }
      expect(accepted).toEqual([])
      expect(await log()).toEqual([])
    })

    it('refuses to put a file where a folder is', async () => {
      const { gitops, write, log } = await start()
      await write('team/pr-1.yaml', '1')
      await expect(gitops.change(put('team', 'a: 1\n'))).rejects.toMatchObject({ code: 'GitPathRefused' })
      expect(await log()).toHaveLength(1)
    })

    it('takes every plain path literally', async () => {
      const { gitops, log } = await start()
      const paths = [
        '-x/--help',
        'a b/$(touch x)',
        'it\'s/"quoted"',
        'ü/🌊.yaml',
        '*',
        ':(glob)**',
        '!x',
        '#y',
        'a;b|c&d',
      ]
      for (const path of paths) await gitops.change(put(path, path))
      expect(await textAt(gitops, 'it\'s/"quoted"')).toBe('it\'s/"quoted"')
      const found = new Map([...(await gitops.list(''))].filter(([path]) => path !== 'README.md'))
      expect(found).toEqual(new Map(paths.map((path) => [path, path])))
      expect(await gitops.list('a b')).toEqual(new Map([['a b/$(touch x)', 'a b/$(touch x)']]))
      expect((await log()).flatMap((commit) => commit.paths)).toEqual(paths)
    })

    it('keeps what would forge a trailer on its own line', async () => {
      const { gitops, log } = await start()
      const forged = describeCommit('Remove', {
        environment: 'shop',
        pullRequest: { repository: 'x\nTronador-Commit: forged', number: 7 },
      })
      await gitops.change({ path: 'README.md', edit: () => undefined, message: forged })
      expect((await log())[0]?.message).toBe(
        'Remove shop\n\nTronador-Environment: shop\nTronador-Pull-Request: x Tronador-Commit: forged pull 7\n',
      )
    })
  })
}
