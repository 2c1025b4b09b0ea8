import { expect, test } from 'vitest'
import { giteaAppIni } from './app-ini.ts'

const settings = {
  port: 21001,
  dataFolder: '/run/gitea',
  staticFolder: '/modules/gitea',
  runUser: 'dana',
  secretKey: 'k',
  internalToken: 't',
}

test('Gitea listens on loopback alone and sends webhooks nowhere else', () => {
  const ini = giteaAppIni(settings)
  expect(ini).toContain('HTTP_ADDR = 127.0.0.1\nHTTP_PORT = 21001\n')
  expect(ini).toContain('ALLOWED_HOST_LIST = loopback\n')
})

test('the switch that lets it run as root is thrown for root alone', () => {
  expect(giteaAppIni(settings)).toContain('I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = false\n')
  expect(giteaAppIni({ ...settings, runUser: 'root' })).toContain('I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true\n')
})

test('its links may name another address than it listens at', () => {
  const ini = giteaAppIni({ ...settings, rootUrl: 'https://10.99.0.1:21002/' })
  expect(ini).toContain('ROOT_URL = https://10.99.0.1:21002/\nLOCAL_ROOT_URL = http://127.0.0.1:21001/\n')
})
