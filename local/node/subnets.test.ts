import { expect, test } from 'vitest'
import { freeSubnets } from './subnets.ts'

test('a machine that uses none of our ranges gets the first block', () => {
  expect(freeSubnets(['default', '192.168.1.0/24', '127.0.0.1', 'fe80::/64'])[0]).toEqual({
    host: '10.160.0.1',
    node: '10.160.0.2',
    linkPrefix: 30,
    pods: '10.160.64.0/18',
    gateway: '10.160.64.1',
    services: '10.160.128.0/18',
  })
})

test('a block is passed over when a route, however small or wide, or an address lies in it', () => {
  expect(freeSubnets(['10.160.64.0/18'])[0]?.host).toBe('10.161.0.1')
  expect(freeSubnets(['10.160.200.7', '10.161.0.0/30'])[0]?.host).toBe('10.162.0.1')
  expect(freeSubnets(['10.128.0.0/9'])[0]?.host).toBe('172.24.0.1')
  expect(freeSubnets(['10.0.0.0/8', '172.16.0.0/12'])[0]?.host).toBe('100.96.0.1')
})

test('a route to everywhere, as tunnels set it, takes nothing away', () => {
  expect(freeSubnets(['0.0.0.0/1', '128.0.0.0/1', '0.0.0.0/0'])[0]?.host).toBe('10.160.0.1')
})

test('where every block is in use there is none', () => {
  expect(freeSubnets(['10.0.0.0/8', '172.16.0.0/12', '100.64.0.0/10'])).toEqual([])
})
