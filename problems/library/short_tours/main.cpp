// Reads "n seed", makes n cities from them, and prints a round trip through all of them as a JSON list.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <numeric>
#include <vector>

struct City {
    double x, y;
};

static double distance(const City& a, const City& b) { return std::hypot(a.x - b.x, a.y - b.y); }

// The nearest city that was not visited yet, again and again.
static std::vector<int> nearest_first(const std::vector<City>& cities) {
    const int n = static_cast<int>(cities.size());
    std::vector<int> order(n);
    std::iota(order.begin(), order.end(), 0);
    for (int i = 1; i < n; ++i) {
        int best = i;
        for (int j = i; j < n; ++j) {
            if (distance(cities[order[i - 1]], cities[order[j]]) <
                distance(cities[order[i - 1]], cities[order[best]])) {
                best = j;
            }
        }
        std::swap(order[i], order[best]);
    }
    return order;
}

// Reverses what stands after place i up to place j, if that makes the trip shorter; whether it did.
static bool reverse_if_shorter(const std::vector<City>& cities, std::vector<int>& order, int i, int j) {
    const int n = static_cast<int>(cities.size());
    if (i < 0 || j <= i || j + 1 >= n) {
        return false;
    }
    const City &a = cities[order[i]], &b = cities[order[i + 1]], &c = cities[order[j]], &d = cities[order[j + 1]];
    if (distance(a, c) + distance(b, d) >= distance(a, b) + distance(c, d) - 1e-6) {
        return false;
    }
    std::reverse(order.begin() + i + 1, order.begin() + j + 1);
    return true;
}

// EVOLVE-BLOCK-START
static const int PASSES = 1;
static const int WINDOW = 10;  // how far apart, in places of the trip, two edges are tried together

std::vector<int> tour(const std::vector<City>& cities) {
    const int n = static_cast<int>(cities.size());
    std::vector<int> order = nearest_first(cities);
    for (int pass = 0; pass < PASSES; ++pass) {
        for (int i = 0; i < n; ++i) {
            for (int j = i + 2; j < i + WINDOW; ++j) {
                reverse_if_shorter(cities, order, i, j);
            }
        }
    }
    return order;
}
// EVOLVE-BLOCK-END

static std::uint64_t next(std::uint64_t& state) {  // SplitMix64
    std::uint64_t z = (state += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

int main() {
    int n = 0;
    std::uint64_t state = 0;
    std::cin >> n >> state;
    std::vector<City> cities(n);
    for (City& city : cities) {
        city.x = static_cast<double>(next(state) % 1000000);
        city.y = static_cast<double>(next(state) % 1000000);
    }
    const std::vector<int> order = tour(cities);
    std::cout << '[';
    for (std::size_t i = 0; i < order.size(); ++i) {
        std::cout << (i ? "," : "") << order[i];
    }
    std::cout << ']' << std::endl;
}
