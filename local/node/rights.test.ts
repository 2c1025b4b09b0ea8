import { expect, test } from 'vitest'
import { cgroupMounts } from './cgroups.ts'
import { missingCapabilities } from './rights.ts'

test('each right that a container lacks is named', () => {
  expect(missingCapabilities('Name:\tnode\nCapEff:\t000001ffffffffff\n')).toEqual([])
  // What Docker gives a container.
  expect(missingCapabilities('CapEff:\t00000000a80425fb\n')).toEqual([
    'the right CAP_NET_ADMIN',
    'the right CAP_SYS_PTRACE',
    'the right CAP_SYS_ADMIN',
    'the right CAP_SYSLOG',
  ])
})

test('hierarchies of both versions of cgroups are told apart by their type', () => {
  const mounts = [
    'tmpfs /sys/fs/cgroup tmpfs rw 0 0',
    'cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0',
    'cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0',
    'cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0',
  ].join('\n')
  expect(cgroupMounts(mounts, 'cgroup')).toEqual(['/sys/fs/cgroup/cpu,cpuacct', '/sys/fs/cgroup/memory'])
  expect(cgroupMounts(mounts, 'cgroup2')).toEqual(['/sys/fs/cgroup/unified'])
})
