/** Gitea's configuration for a throw-away server on the loopback address. */

/** What differs from one server to the next. Paths are absolute. */
export interface GiteaSettings {
  readonly port: number
  /** What its links, clone URLs and webhooks begin with, where that is another than its own address. */
  readonly rootUrl?: string | undefined
  /** Folder for everything Gitea writes. */
  readonly dataFolder: string
  /** Folder with `templates`, `options` and `public`: the Go module's, or a copy with the built web pages. */
  readonly staticFolder: string
  /** Name of the user that Gitea runs as. */
  readonly runUser: string
  /** Signs sessions; new for each server. */
  readonly secretKey: string
  /** Authenticates Gitea's own Git hooks; a JWT made by Gitea or any long random text. */
  readonly internalToken: string
}

/** The text of `app.ini`. */
export function giteaAppIni(settings: GiteaSettings): string {
  const { dataFolder } = settings
  const url = `http://127.0.0.1:${settings.port}/`
  return `APP_NAME = Tronador's local code host
RUN_USER = ${settings.runUser}
RUN_MODE = prod
WORK_PATH = ${dataFolder}
; Gitea refuses to run as root otherwise. This one lives for minutes and listens on loopback alone.
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = ${settings.runUser === 'root'}

[server]
PROTOCOL = http
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${settings.port}
ROOT_URL = ${settings.rootUrl ?? url}
LOCAL_ROOT_URL = ${url}
STATIC_ROOT_PATH = ${settings.staticFolder}
APP_DATA_PATH = ${dataFolder}/data
DISABLE_SSH = true
OFFLINE_MODE = true
LFS_START_SERVER = false

[database]
DB_TYPE = sqlite3
PATH = ${dataFolder}/gitea.db
SQLITE_JOURNAL_MODE = WAL

[repository]
ROOT = ${dataFolder}/repositories
DEFAULT_BRANCH = main

; The default queue looks for work every two seconds, which would delay each webhook by as much.
[queue]
TYPE = channel

[webhook]
ALLOWED_HOST_LIST = loopback
DELIVER_TIMEOUT = 10

[security]
INSTALL_LOCK = true
SECRET_KEY = ${settings.secretKey}
INTERNAL_TOKEN = ${settings.internalToken}
PASSWORD_HASH_ALGO = pbkdf2_v1
MIN_PASSWORD_LENGTH = 12

[service]
DISABLE_REGISTRATION = true
ENABLE_NOTIFY_MAIL = false
DEFAULT_KEEP_EMAIL_PRIVATE = true

[indexer]
ISSUE_INDEXER_TYPE = db
REPO_INDEXER_ENABLED = false

[session]
PROVIDER = memory

[cache]
ADAPTER = memory

[log]
MODE = console
LEVEL = Warn

[cron]
ENABLED = false

[mailer]
ENABLED = false

[oauth2]
ENABLED = false

[openid]
ENABLE_OPENID_SIGNIN = false
ENABLE_OPENID_SIGNUP = false

[packages]
ENABLED = false

[actions]
ENABLED = false

[mirror]
ENABLED = false

[time]
DEFAULT_UI_LOCATION = UTC
`
}
