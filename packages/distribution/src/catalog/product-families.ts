/** What a neighbourhood store in Colombia sells, as the raw material of generated catalogues. Brands are invented. */
export interface ProductFamily {
  readonly category: string
  /** File name of the category's drawing, without ending. */
  readonly slug: string
  readonly brands: readonly string[]
  readonly kinds: readonly ProductKind[]
}

export interface ProductKind {
  readonly name: string
  /** Empty for the plain one. */
  readonly varieties: readonly string[]
  readonly sizes: readonly ProductSize[]
  /** Pesos that the store pays for the size of factor 1. */
  readonly cost: number
  /** IVA in percent. */
  readonly tax: 0 | 5 | 19
}

export type ProductSize = readonly [label: string, factor: number]

const grams: readonly ProductSize[] = [
  ['250 g', 0.55],
  ['500 g', 1],
  ['1 kg', 1.9],
  ['125 g', 0.3],
]
const bulk: readonly ProductSize[] = [
  ['500 g', 1],
  ['1 kg', 1.9],
  ['2,5 kg', 4.6],
  ['5 kg', 9],
]
const bottles: readonly ProductSize[] = [
  ['250 ml', 0.6],
  ['400 ml', 1],
  ['1,5 L', 2.2],
  ['2,5 L', 3.3],
]
const liquids: readonly ProductSize[] = [
  ['200 ml', 0.3],
  ['500 ml', 0.6],
  ['1 L', 1],
  ['2 L', 1.9],
]
const snackBags: readonly ProductSize[] = [
  ['25 g', 0.7],
  ['45 g', 1],
  ['110 g', 2.3],
  ['180 g', 3.4],
]
const sachets: readonly ProductSize[] = [
  ['20 g', 0.4],
  ['60 g', 1],
  ['120 g', 1.8],
  ['200 g', 2.8],
]
const tins: readonly ProductSize[] = [
  ['160 g', 1],
  ['240 g', 1.4],
  ['400 g', 2.2],
]
const units: readonly ProductSize[] = [
  ['unidad', 1],
  ['x 2', 1.9],
  ['x 4', 3.6],
  ['x 6', 5.3],
]
const dozens: readonly ProductSize[] = [
  ['x 6', 0.55],
  ['x 12', 1],
  ['x 15', 1.2],
  ['x 30', 2.3],
]
const loose: readonly ProductSize[] = [
  ['unidad', 1],
  ['x 10', 9],
  ['x 50', 43],
  ['x 100', 82],
]
const rolls: readonly ProductSize[] = [
  ['x 1', 1],
  ['x 4', 3.6],
  ['x 12', 10],
]

type KindRow = readonly [name: string, varieties: string, sizes: readonly ProductSize[], cost: number, tax: 0 | 5 | 19]

/** Varieties and brands are lists with `|`; an empty piece is the plain variety. */
function family(category: string, [slug, brands]: readonly [string, string], rows: readonly KindRow[]): ProductFamily {
  const kinds = rows.map(([name, varieties, sizes, cost, tax]) => ({
    name,
    varieties: varieties.split('|'),
    sizes,
    cost,
    tax,
  }))
  return { category, slug, brands: brands.split('|'), kinds }
}

export const productFamilies: readonly ProductFamily[] = [
  family(
    'Abarrotes',
    ['abarrotes', 'Espiga Serrana|Doña Elvira|El Trapiche|Campo Lindo|La Despensa|Sabana Real'],
    [
      ['Arroz', 'blanco|integral|parbolizado', bulk, 2100, 0],
      ['Azúcar', 'blanca|morena', bulk, 2050, 5],
      ['Panela', 'redonda|cuadrada|pulverizada', grams, 2300, 0],
      ['Sal', 'refinada|marina', grams, 850, 0],
      ['Pasta', 'espagueti|corbata|concha|tornillo', grams, 2150, 5],
      ['Harina de maíz', 'blanca|amarilla', bulk, 1900, 5],
      ['Harina de trigo', '|con levadura', bulk, 1850, 5],
    ],
  ),
  family(
    'Granos',
    ['granos', 'Espiga Serrana|Campo Lindo|Grano Noble|Tierra Fértil|El Costal'],
    [
      ['Fríjol', 'cargamanto|bola roja|radical|negro', grams, 4600, 0],
      ['Lenteja', '|roja', grams, 2600, 0],
      ['Garbanzo', '|pelado', grams, 3200, 0],
      ['Arveja', 'verde seca|amarilla', grams, 2500, 0],
      ['Maíz', 'trillado blanco|trillado amarillo|pira', grams, 1700, 0],
      ['Cebada', 'perlada', grams, 1900, 5],
    ],
  ),
  family(
    'Lácteos',
    ['lacteos', 'Vaca Contenta|Valle Alto|La Ordeña|Pradera|Nevado Blanco'],
    [
      ['Leche', 'entera|deslactosada|semidescremada', liquids, 3900, 0],
      ['Yogur', 'fresa|mora|melocotón|guanábana', liquids, 6200, 19],
      ['Kumis', '|con dulce', liquids, 5900, 19],
      ['Queso', 'campesino|doble crema|costeño|cuajada', grams, 9800, 0],
      ['Mantequilla', 'con sal|sin sal', grams, 12400, 19],
      ['Arequipe', '|con coco', grams, 5600, 19],
      ['Avena lista', 'canela|vainilla', bottles, 2100, 19],
    ],
  ),
  family(
    'Huevos y panadería',
    ['huevos-y-panaderia', 'Gallina Feliz|El Hornito|Pan Nuestro|La Molienda'],
    [
      ['Huevos', 'A|AA|AAA', dozens, 6300, 0],
      ['Pan tajado', 'blanco|integral|mantequilla', grams, 4300, 0],
      ['Pan hamburguesa', '|ajonjolí', units, 900, 0],
      ['Tostadas', 'integrales|mantequilla', grams, 4100, 19],
      ['Ponqué', 'vainilla|chocolate|naranja', units, 1500, 19],
      ['Arepa', 'blanca|de queso|de maíz peto', units, 650, 0],
    ],
  ),
  family(
    'Bebidas',
    ['bebidas', 'Burbuja|Río Claro|Frutalia|Chispa|Don Refresco|Manantial'],
    [
      ['Gaseosa', 'manzana|naranja|uva|limón|cola', bottles, 1750, 19],
      ['Agua', 'sin gas|con gas', bottles, 950, 0],
      ['Jugo', 'mango|mora|lulo|guayaba', bottles, 1600, 19],
      ['Té frío', 'limón|durazno', bottles, 1850, 19],
      ['Malta', '|light', bottles, 1900, 19],
      ['Bebida hidratante', 'maracuyá|frutos rojos|limón', bottles, 2600, 19],
      ['Refresco en polvo', 'naranja|mora|piña|maracuyá', sachets, 1100, 19],
    ],
  ),
  family(
    'Café y chocolate',
    ['cafe-y-chocolate', 'Cumbre Cafetera|Abuela Rosa|Cacao del Río|Alborada'],
    [
      ['Café molido', 'suave|fuerte|descafeinado', grams, 11200, 5],
      ['Café instantáneo', '|descafeinado', sachets, 5400, 5],
      ['Chocolate de mesa', 'tradicional|con clavos y canela|sin azúcar', grams, 7200, 5],
      ['Aromática', 'manzanilla|hierbabuena|limoncillo|frutos rojos', rolls, 2300, 5],
      ['Crema no láctea', '|vainilla', grams, 6100, 19],
    ],
  ),
  family(
    'Snacks',
    ['snacks', 'Crocante|Papalisa|Don Maní|La Merienda|Tostarica'],
    [
      ['Papas fritas', 'natural|limón|pollo|BBQ', snackBags, 1450, 19],
      ['Plátano maduro', '|con panela', snackBags, 1500, 19],
      ['Platanitos', 'verdes|limón', snackBags, 1400, 19],
      ['Maní', 'salado|con pasas|dulce', snackBags, 1550, 19],
      ['Rosquitas', 'de queso|tradicionales', snackBags, 1250, 19],
      ['Chicharrón', 'natural|limón', snackBags, 1900, 19],
    ],
  ),
  family(
    'Galletas y cereales',
    ['galletas-y-cereales', 'Dulce Hora|La Merienda|Trigalia|Mañanita'],
    [
      ['Galletas', 'saladas|integrales|de vainilla|de chocolate', snackBags, 1300, 19],
      ['Galletas wafer', 'vainilla|fresa|chocolate', snackBags, 1200, 19],
      ['Barra de cereal', 'fresa|maní|manzana', units, 1350, 19],
      ['Avena en hojuelas', '|instantánea', grams, 2900, 5],
      ['Cereal de maíz', 'azucarado|natural|chocolate', grams, 8600, 19],
      ['Granola', 'miel|frutos secos', grams, 7900, 19],
    ],
  ),
  family(
    'Dulces',
    ['dulces', 'Caramelia|Dulce Hora|Pirulito|La Colmena'],
    [
      ['Menta', 'helada|suave', loose, 48, 19],
      ['Chicle', 'menta|fresa|tutti frutti', loose, 102, 19],
      ['Caramelo', 'café|leche|fruta', loose, 62, 19],
      ['Bombón', 'fresa|uva|sandía', loose, 230, 19],
      ['Bocadillo', 'de guayaba|con arequipe', loose, 310, 19],
      ['Chocolatina', 'leche|maní|blanca', loose, 690, 19],
      ['Gomas', 'ácidas|dulces', snackBags, 1400, 19],
    ],
  ),
  family(
    'Aceites y salsas',
    ['aceites-y-salsas', 'Dorada Cocina|Sazón Criollo|Girasol Real|Doña Elvira'],
    [
      ['Aceite', 'vegetal|de girasol|de soya', liquids, 8900, 19],
      ['Margarina', 'de mesa|de cocina', grams, 4900, 19],
      ['Salsa de tomate', '|picante', sachets, 1500, 19],
      ['Mayonesa', '|light', sachets, 2000, 19],
      ['Mostaza', '|con miel', sachets, 1450, 19],
      ['Vinagre', 'blanco|de frutas', liquids, 3100, 19],
      ['Caldo', 'de gallina|de carne|de costilla', dozens, 3400, 19],
    ],
  ),
  family(
    'Enlatados',
    ['enlatados', 'Mar Adentro|Puerto Viejo|La Despensa|Sazón Criollo'],
    [
      ['Atún', 'en agua|en aceite|con verduras', tins, 5100, 19],
      ['Sardinas', 'en tomate|en aceite', tins, 4300, 19],
      ['Salchichas enlatadas', '|de pollo', tins, 3600, 5],
      ['Maíz dulce', '|con arveja', tins, 3300, 19],
      ['Fríjol enlatado', 'rojo|con carne', tins, 4200, 19],
      ['Duraznos en almíbar', '', tins, 4700, 19],
    ],
  ),
  family(
    'Carnes frías',
    ['carnes-frias', 'La Hacienda|Buen Corte|Sabana Real|Ranchito'],
    [
      ['Salchicha', 'tradicional|ranchera|de pollo', grams, 6900, 5],
      ['Salchichón', 'cervecero|de pollo', grams, 6100, 5],
      ['Mortadela', '|de pollo', grams, 5400, 5],
      ['Jamón', 'de cerdo|de pavo|ahumado', grams, 9600, 19],
      ['Chorizo', 'santarrosano|antioqueño', grams, 8900, 5],
    ],
  ),
  family(
    'Aseo hogar',
    ['aseo-hogar', 'Brisa Limpia|Reluce|Casa Clara|Espumón|Lavalinda'],
    [
      ['Detergente en polvo', 'floral|bebé|limón', bulk, 4600, 19],
      ['Jabón en barra', 'azul|coco|limón', units, 1900, 19],
      ['Lavaloza', 'limón|aloe', grams, 3800, 19],
      ['Blanqueador', '|lavanda', liquids, 2700, 19],
      ['Limpiapisos', 'lavanda|pino|bicarbonato', liquids, 3900, 19],
      ['Suavizante', 'floral|bebé', liquids, 5800, 19],
      ['Esponja', 'doble uso|de brillo', units, 1100, 19],
      ['Bolsas de basura', 'pequeñas|grandes', dozens, 2900, 19],
    ],
  ),
  family(
    'Papel y desechables',
    ['papel-y-desechables', 'Nube Suave|Casa Clara|Listo Ya|Algodonal'],
    [
      ['Papel higiénico', 'doble hoja|triple hoja', rolls, 1250, 19],
      ['Servilletas', 'blancas|decoradas', loose, 24, 19],
      ['Toalla de cocina', '|lavable', rolls, 3300, 19],
      ['Vasos desechables', '7 onzas|12 onzas', loose, 85, 19],
      ['Platos desechables', 'hondos|llanos', loose, 130, 19],
      ['Papel aluminio', '7 m|16 m', units, 3600, 19],
    ],
  ),
  family(
    'Cuidado personal',
    ['cuidado-personal', 'Frescura|Piel Bonita|Sonrisa|Algodonal|Nube Suave'],
    [
      ['Jabón de tocador', 'avena|aloe|almendras', units, 2200, 19],
      ['Champú', 'rizos|brillo|anticaspa', liquids, 13800, 19],
      ['Crema dental', 'menta|blanqueadora|infantil', sachets, 3300, 19],
      ['Desodorante', 'dama|caballero', sachets, 5700, 19],
      ['Toallas higiénicas', 'normal|nocturna', dozens, 3900, 0],
      ['Máquina de afeitar', 'dos hojas|tres hojas', units, 2400, 19],
      ['Cepillo de dientes', 'suave|medio', units, 2100, 19],
    ],
  ),
  family(
    'Mascotas',
    ['mascotas', 'Huellitas|Guau y Miau|Buen Amigo'],
    [
      ['Alimento para perro', 'adulto|cachorro|razas pequeñas', bulk, 4700, 5],
      ['Alimento para gato', 'adulto|gatitos', bulk, 5600, 5],
      ['Galletas para perro', 'carne|pollo', grams, 5200, 5],
      ['Arena para gato', '|perfumada', bulk, 2900, 19],
    ],
  ),
]
