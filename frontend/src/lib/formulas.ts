/** Sets formulas, with the words that physicists and Wikipedia have for them. */
import temml from 'temml'
import 'temml/contrib/physics/physics.js'
import 'temml/contrib/texvc/texvc.js'

export default temml
