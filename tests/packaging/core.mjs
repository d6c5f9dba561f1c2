// The smallest page: what it does not import must not be in its bundle.
import { Envelope } from 'tsutsumi'
import { keyProtect } from 'tsutsumi/key-protect'

globalThis.made = [Envelope, keyProtect]
