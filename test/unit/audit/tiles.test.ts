import t from 'tap'
import { tilePath, tileWidth } from '../../../src/audit/tiles.ts'

t.test('paths are those of tlog-tiles', async (t) => {
  t.equal(tilePath(0, 0), 'tile/0/000')
  t.equal(tilePath(0, 1234067), 'tile/0/x001/x234/067')
  t.equal(tilePath(1, 1, 112), 'tile/1/001.p/112')
  t.equal(tilePath('entries', 273, 112), 'tile/entries/273.p/112')
  t.equal(tilePath('entries', 1000), 'tile/entries/x001/000')
})

t.test('widths are those of the example in tlog-tiles: a tree of 70,000 leaves', async (t) => {
  t.equal(tileWidth(0, 272, 70_000), 256)
  t.equal(tileWidth(0, 273, 70_000), 112)
  t.equal(tileWidth(0, 274, 70_000), 0)
  t.equal(tileWidth(1, 0, 70_000), 256)
  t.equal(tileWidth(1, 1, 70_000), 17)
  t.equal(tileWidth(2, 0, 70_000), 1)
})
