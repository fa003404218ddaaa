/* A node: 88 bytes, made from free lists, unknown to the garbage collector, freed without recursion.
 *
 * An operand is a Value or, in its place, a plain number; its slope says which. NONE and PLAIN are slopes that no
 * arithmetic produces: NONE stands for Python's None, PLAIN says besides that the operand is a number kept right here.
 * A node of many operands keeps a tuple of them as x and a block of slopes as dx. */

typedef union { double number; PyObject *object; } Operand;
typedef struct { Py_ssize_t n; double slopes[1]; } Block;
typedef union { double number; uint64_t bits; Block *block; } Slope;

typedef struct {
    PyObject_HEAD
    union { double data; PyObject *next; };          /* next: among the dying, and in a free list */
    double grad;
    PyObject *row, *label;                           /* NULL: none */
    Operand x, y;                                    /* NULL: None */
    Slope dx, dy;
    uint32_t mark, many;
} Node;

#define NONE  UINT64_C(0x7ff8676c61737300)
#define PLAIN UINT64_C(0x7ff8676c61737301)

#define IS_NUMBER(slope) (((slope).bits | 1) != PLAIN)

static PyTypeObject *value_type;                     /* Value, the only class of nodes */
/* Free nodes by the page that they lie in, so that those made one after the other lie side by side; in one list they
 * would be in the order in which they died, more mixed after every step. */
enum { PAGE = 1 << 12, LISTS = 256 };
static Node *free_nodes[LISTS];
static unsigned next_list;
static Py_ssize_t free_count;
#ifndef KEPT
#define KEPT (1 << 16)                               /* free nodes, at most */
#endif

static Node *dying;                                  /* values whose last reference has gone */
static int draining;                                 /* somebody frees them */
static int walking;                                  /* backward passes under way: their nodes must stay */

static inline double none(void)
{
    Slope slope;
    slope.bits = NONE;
    return slope.number;
}

static inline int is_value(PyObject *object) { return Py_IS_TYPE(object, value_type); }

/* A node without fields. */
static inline Node *new_node(void)
{
    Node *node;
    if (free_count) {
        while (!(node = free_nodes[next_list]))
            next_list = (next_list + 1) % LISTS;
        free_nodes[next_list] = (Node *)node->next;
        free_count--;
    } else {
        node = PyObject_Malloc(sizeof(Node));
        if (!node)
            return (Node *)PyErr_NoMemory();
    }
    PyObject_Init((PyObject *)node, value_type);
    return node;
}

static void clear_fields(Node *node)
{
    node->data = node->grad = 0.0;
    node->row = node->label = node->x.object = node->y.object = NULL;
    node->dx.bits = node->dy.bits = NONE;
    node->mark = node->many = 0;
}

static PyObject *node_alloc(PyTypeObject *type, Py_ssize_t n)
{
    Node *node = new_node();
    if (node)
        clear_fields(node);
    return (PyObject *)node;
}

/* Let go of the operands and their slopes. */
static void drop_operands(Node *node)
{
    PyObject *x = node->dx.bits != PLAIN || node->many ? node->x.object : NULL;
    PyObject *y = node->dy.bits != PLAIN ? node->y.object : NULL;
    Block *block = node->many ? node->dx.block : NULL;
    node->x.object = node->y.object = NULL;
    node->dx.bits = node->dy.bits = NONE;
    node->many = 0;
    PyMem_Free(block);
    Py_XDECREF(x);
    Py_XDECREF(y);
}

static void free_node(Node *node)
{
    PyObject *row = node->row, *label = node->label;
    drop_operands(node);
    Py_XDECREF(row);
    Py_XDECREF(label);
    if (free_count < KEPT) {
        Node **list = &free_nodes[(uintptr_t)node / PAGE % LISTS];
        node->next = (PyObject *)*list;
        *list = node;
        free_count++;
    } else
        PyObject_Free(node);
    Py_DECREF(value_type);
}

/* Free the dying, and whoever dies of it, one after the other. */
static void drain(void)
{
    if (draining || walking)
        return;
    draining = 1;
    while (dying) {
        Node *node = dying;
        dying = (Node *)node->next;
        free_node(node);
    }
    draining = 0;
}

static void node_dealloc(PyObject *self)
{
    ((Node *)self)->next = (PyObject *)dying;
    dying = (Node *)self;
    drain();
}
