// The order in which the C++ library's std::sort and std::partial_sort leave equal elements.
//
// MXNet sorts positions by the elements there with these functions, and what is selected of equal elements depends on
// how they go about it. They are: quicksort around the median of the second, the middle and the last element, put
// first, until no more than 16 elements are left of a part, then insertion over all; heapsort for parts that quicksort
// has cut too often. Partial sorting keeps a heap of the first elements and exchanges its top for what comes before it.
// (Musser 1997, Introspective sorting and selection algorithms.)

#include <stdint.h>

#ifdef _WIN32
#define API __declspec(dllexport)
#else
#define API __attribute__((visibility("default")))
#endif

enum { SMALL = 16 };

#define ORDER(T, NAME)                                                                                                 \
    typedef struct {                                                                                                   \
        const T *values;                                                                                               \
        int descending;                                                                                                \
    } NAME##_by;                                                                                                       \
                                                                                                                       \
    static inline int NAME##_before(const NAME##_by *by, int64_t a, int64_t b) {                                       \
        return by->descending ? by->values[a] > by->values[b] : by->values[a] < by->values[b];                         \
    }                                                                                                                  \
                                                                                                                       \
    /* Put an element into a heap from which the one at `hole` is gone: the hole sinks to a leaf, and the element */   \
    /* rises from there. */                                                                                            \
    static void NAME##_settle(const NAME##_by *by, int64_t *heap, int64_t hole, int64_t size, int64_t element) {       \
        const int64_t top = hole;                                                                                      \
        int64_t child = 2 * hole + 2;                                                                                  \
        for (; child < size; child = 2 * hole + 2) {                                                                   \
            if (NAME##_before(by, heap[child], heap[child - 1])) child--;                                              \
            heap[hole] = heap[child];                                                                                  \
            hole = child;                                                                                              \
        }                                                                                                              \
        if (child == size) { /* the last parent has one child */                                                       \
            heap[hole] = heap[child - 1];                                                                              \
            hole = child - 1;                                                                                          \
        }                                                                                                              \
        while (hole > top && NAME##_before(by, heap[(hole - 1) / 2], element)) {                                       \
            heap[hole] = heap[(hole - 1) / 2];                                                                         \
            hole = (hole - 1) / 2;                                                                                     \
        }                                                                                                              \
        heap[hole] = element;                                                                                          \
    }                                                                                                                  \
                                                                                                                       \
    static void NAME##_select(const NAME##_by *by, int64_t *order, int64_t count, int64_t length) {                    \
        for (int64_t parent = count / 2 - 1; parent >= 0; parent--)                                                    \
            NAME##_settle(by, order, parent, count, order[parent]);                                                    \
        for (int64_t next = count; next < length; next++) {                                                            \
            if (!NAME##_before(by, order[next], order[0])) continue;                                                   \
            const int64_t better = order[next];                                                                        \
            order[next] = order[0];                                                                                    \
            NAME##_settle(by, order, 0, count, better);                                                                \
        }                                                                                                              \
        for (int64_t last = count - 1; last > 0; last--) {                                                             \
            const int64_t element = order[last];                                                                       \
            order[last] = order[0];                                                                                    \
            NAME##_settle(by, order, 0, last, element);                                                                \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    static inline void NAME##_swap(int64_t *order, int64_t a, int64_t b) {                                             \
        const int64_t kept = order[a];                                                                                 \
        order[a] = order[b];                                                                                           \
        order[b] = kept;                                                                                               \
    }                                                                                                                  \
                                                                                                                       \
    /* Which of three places holds the element in the middle. */                                                       \
    static int64_t NAME##_median(const NAME##_by *by, const int64_t *order, int64_t a, int64_t b, int64_t c) {         \
        if (NAME##_before(by, order[a], order[b])) {                                                                   \
            if (NAME##_before(by, order[b], order[c])) return b;                                                       \
            return NAME##_before(by, order[a], order[c]) ? c : a;                                                      \
        }                                                                                                              \
        if (NAME##_before(by, order[a], order[c])) return a;                                                           \
        return NAME##_before(by, order[b], order[c]) ? c : b;                                                          \
    }                                                                                                                  \
                                                                                                                       \
    static void NAME##_cut(const NAME##_by *by, int64_t *order, int64_t length, int cuts) {                            \
        while (length > SMALL) {                                                                                       \
            if (cuts-- == 0) {                                                                                         \
                NAME##_select(by, order, length, length);                                                              \
                return;                                                                                                \
            }                                                                                                          \
            NAME##_swap(order, 0, NAME##_median(by, order, 1, length / 2, length - 1));                                \
            int64_t low = 1, high = length;                                                                            \
            for (;; low++) { /* the median bounds both walks */                                                        \
                while (NAME##_before(by, order[low], order[0])) low++;                                                 \
                do high--;                                                                                             \
                while (NAME##_before(by, order[0], order[high]));                                                      \
                if (low >= high) break;                                                                                \
                NAME##_swap(order, low, high);                                                                         \
            }                                                                                                          \
            NAME##_cut(by, order + low, length - low, cuts);                                                           \
            length = low;                                                                                              \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    static void NAME##_insert(const NAME##_by *by, int64_t *order, int64_t length) {                                   \
        for (int64_t next = 1; next < length; next++) {                                                                \
            const int64_t element = order[next];                                                                       \
            int64_t place = next;                                                                                      \
            for (; place > 0 && NAME##_before(by, element, order[place - 1]); place--) order[place] = order[place - 1]; \
            order[place] = element;                                                                                    \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    API void remxnet_order_##NAME(const T *values, int64_t rows, int64_t length, int64_t count, int descending,        \
                                  int64_t *order) {                                                                    \
        for (int64_t row = 0; row < rows; row++, values += length, order += length) {                                  \
            const NAME##_by by = {values, descending};                                                                 \
            int cuts = 0;                                                                                              \
            for (int64_t half = length; half > 1; half /= 2) cuts += 2;                                                \
            for (int64_t place = 0; place < length; place++) order[place] = place;                                     \
            if (count < length) {                                                                                      \
                NAME##_select(&by, order, count, length);                                                              \
            } else {                                                                                                   \
                NAME##_cut(&by, order, length, cuts);                                                                  \
                NAME##_insert(&by, order, length);                                                                     \
            }                                                                                                          \
        }                                                                                                              \
    }

// Put the positions of each row's elements, of which there are no NaN, into the order of the elements. With a `count`
// below `length` only the first so many are in order.
ORDER(double, floats)
ORDER(int64_t, integers)
