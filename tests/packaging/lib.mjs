// All that the suite needs of the package, in one object.
export * from 'tsutsumi'
export * from 'tsutsumi/branch'
export * from 'tsutsumi/key-protect'
export * from 'tsutsumi/local'
export * from 'tsutsumi/object'
export * as slot from 'tsutsumi/slot'
export * as web from 'tsutsumi/webcrypto'
