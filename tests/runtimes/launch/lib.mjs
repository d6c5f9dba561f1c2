// All that the suite needs of the package, in one object.
export * from 'tsutsumi'
export * from 'tsutsumi/key-protect'
export * from 'tsutsumi/local'
