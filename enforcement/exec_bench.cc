// SPDX-License-Identifier: Apache-2.0
// What answering the kernel costs: the same work on file systems that differ only in who watches
// them.
//
//   exec_bench TINY SLICES NAME=DIR[@PID]...
//
// TINY is the program to run (tiny_program); the first NAME=DIR is the baseline. A slice does a
// handful of operations in each directory, in turn, beginning with another one each time; what is
// reported is the median of the slices' ratios to the baseline, with its 95 % interval (order
// statistics), and the 50th and 99th percentile of single operations. With PID, who watches the
// directory, also the processor time that he and all that descend from him take for an operation
// (the median of the slices; what comes late counts for the next): other work on the machine
// changes it little. The workloads:
//
//   exec root    vfork and execve of a program of root's that was run before
//   exec user    the same for a program that an ordinary user may write
//   exec cold    a program that was never run before: 64 KiB, another content each time
//   open root    open, read and close of a file of root's
//   open user    the same for an ordinary user's
//   exec denied  vfork and execve of a program that may be denied; only where WORKLOADS names it
//
// WORKLOADS in the environment, their names between commas, leaves the others out.
// tools/bench_exec and bench_journal make the file systems and start who watches them.
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int kExecsPerSlice = 20;
constexpr int kColdExecsPerSlice = 4;
constexpr int kOpensPerSlice = 200;
constexpr size_t kColdBytes = 64 << 10;
constexpr uid_t kUser = 1000;
constexpr const char* kDenied = "exec denied";
constexpr int kNotRun = 127;

[[noreturn]] void Die(const std::string& what) {
  std::perror(what.c_str());
  std::exit(3);
}

double Now() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::nano>(now).count();
}

// The program's exit status; kNotRun when it did not run.
int StatusOf(const std::string& program) {
  char* const arguments[] = {const_cast<char*>(program.c_str()), nullptr};
  const pid_t child = vfork();
  if (child == 0) {
    execve(program.c_str(), arguments, environ);
    _exit(kNotRun);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) Die(program);
  return WIFEXITED(status) ? WEXITSTATUS(status) : kNotRun;
}

// Fails the whole when the program did not end with 0: a denial is no measurement.
void Run(const std::string& program) {
  if (StatusOf(program) != 0) {
    fmt::print(stderr, "exec_bench: {} was not run\n", program);
    std::exit(3);
  }
}

void Open(const std::string& file) {
  char byte = 0;
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 || read(fd, &byte, 1) != 1) Die(file);
  close(fd);
}

void WriteFile(const std::string& path, std::string_view content, uid_t owner) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
  if (fd < 0 || write(fd, content.data(), content.size()) != static_cast<ssize_t>(content.size()) ||
      fchown(fd, owner, owner) != 0 || close(fd) != 0) {
    Die(path);
  }
}

struct Place {
  std::string name;
  std::string directory;
  std::string watcher;  // its process id; may be empty
};

// Of a process and all that descend from it, nanoseconds. Who ends meanwhile is left out.
double ProcessorTime(const std::string& pid) {
  double sum = 0;
  std::error_code error;
  for (auto task = std::filesystem::directory_iterator("/proc/" + pid + "/task", error);
       !error && task != std::filesystem::directory_iterator(); task.increment(error)) {
    double ran = 0;
    std::ifstream(task->path() / "schedstat") >> ran;
    sum += ran;
    std::ifstream children(task->path() / "children");
    for (std::string child; children >> child;) sum += ProcessorTime(child);
  }
  return sum;
}

struct Workload {
  std::string name;
  int operations;
  std::function<void(const Place&, int)> prepare;  // before a slice, not timed
  std::function<void(const Place&, int)> operate;
};

struct Measured {
  std::vector<double> slices;  // mean of a slice, nanoseconds
  std::vector<double> single;
  std::vector<double> watcher;  // his processor time, mean of a slice
};

Measured MeasureSlice(const Workload& workload, const Place& place) {
  Measured measured;
  for (int i = 0; i < workload.operations; ++i) workload.prepare(place, i);
  double sum = 0;
  const double before = place.watcher.empty() ? 0 : ProcessorTime(place.watcher);
  for (int i = 0; i < workload.operations; ++i) {
    const double begin = Now();
    workload.operate(place, i);
    measured.single.push_back(Now() - begin);
    sum += measured.single.back();
  }
  const double after = place.watcher.empty() ? 0 : ProcessorTime(place.watcher);
  measured.slices.push_back(sum / workload.operations);
  measured.watcher.push_back((after - before) / workload.operations);
  return measured;
}

double Percentile(std::vector<double> values, double fraction) {
  std::ranges::sort(values);
  const auto index = static_cast<size_t>(fraction * static_cast<double>(values.size() - 1));
  return values[index];
}

struct Ratio {
  double median, low, high;
};

// The interval that holds the median with 95 %, by the binomial distribution's normal
// approximation.
Ratio PairedRatio(const std::vector<double>& measured, const std::vector<double>& baseline) {
  std::vector<double> ratios;
  for (size_t i = 0; i < measured.size(); ++i) ratios.push_back(measured[i] / baseline[i]);
  std::ranges::sort(ratios);
  const double count = static_cast<double>(ratios.size());
  const double half = 0.98 * std::sqrt(count);
  const auto at = [&](double rank) {
    return ratios[static_cast<size_t>(std::clamp(rank, 0.0, count - 1))];
  };
  return {at(count / 2), at(count / 2 - half), at(count / 2 + half)};
}

std::vector<Measured> MeasureAll(const Workload& workload, const std::vector<Place>& places,
                                 int slices) {
  std::vector<Measured> all(places.size());
  for (const Place& place : places) MeasureSlice(workload, place);  // warm
  for (int slice = 0; slice < slices; ++slice) {
    for (size_t turn = 0; turn < places.size(); ++turn) {
      const size_t i = (turn + static_cast<size_t>(slice)) % places.size();
      const Measured one = MeasureSlice(workload, places[i]);
      all[i].slices.push_back(one.slices.front());
      all[i].watcher.push_back(one.watcher.front());
      all[i].single.insert(all[i].single.end(), one.single.begin(), one.single.end());
    }
  }
  return all;
}

void Report(const Workload& workload, const std::vector<Place>& places,
            const std::vector<Measured>& all) {
  for (size_t i = 0; i < places.size(); ++i) {
    const Ratio ratio = PairedRatio(all[i].slices, all[0].slices);
    const double mean = Percentile(all[i].slices, 0.5);
    fmt::print(
        "{:10} {:14} x{:5.2f} [{:5.2f}, {:5.2f}]  {:9.2f} us  {:9.0f}/s  p50 {:9.2f}  p99 {:9.2f}",
        workload.name, places[i].name, ratio.median, ratio.low, ratio.high, mean / 1e3, 1e9 / mean,
        Percentile(all[i].single, 0.5) / 1e3, Percentile(all[i].single, 0.99) / 1e3);
    if (!places[i].watcher.empty()) {
      fmt::print("  watcher {:7.2f} us", Percentile(all[i].watcher, 0.5) / 1e3);
    }
    fmt::print("\n");
  }
}

std::string ReadWhole(const char* path) {
  std::ifstream in(path, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(in), {}};
  if (content.empty()) Die(path);
  return content;
}

// A program of kColdBytes that nobody has seen: the tiny one with a counter behind it.
void WriteColdProgram(const std::string& path, const std::string& tiny) {
  static uint64_t counter = 0;
  std::string content = tiny + std::to_string(++counter) + path;
  content.resize(kColdBytes, 'x');
  WriteFile(path, content, 0);
}

std::vector<Workload> Workloads(const std::string& tiny) {
  const auto nothing = [](const Place&, int) {};
  const auto cold = [](const Place& place, int i) {
    return place.directory + "/cold" + std::to_string(i);
  };
  return {
      {"exec root", kExecsPerSlice, nothing,
       [](const Place& place, int) { Run(place.directory + "/root-program"); }},
      {"exec user", kExecsPerSlice, nothing,
       [](const Place& place, int) { Run(place.directory + "/user-program"); }},
      {"exec cold", kColdExecsPerSlice,
       [=](const Place& place, int i) { WriteColdProgram(cold(place, i), tiny); },
       [=](const Place& place, int i) { Run(cold(place, i)); }},
      {"open root", kOpensPerSlice, nothing,
       [](const Place& place, int) { Open(place.directory + "/root-file"); }},
      {"open user", kOpensPerSlice, nothing,
       [](const Place& place, int) { Open(place.directory + "/user-file"); }},
      {kDenied, kExecsPerSlice, nothing,
       [](const Place& place, int) { StatusOf(place.directory + "/denied-program"); }},
  };
}

bool IsWanted(const Workload& workload) {
  const char* const wanted = std::getenv("WORKLOADS");
  if (wanted == nullptr) return workload.name != kDenied;
  return std::string_view(wanted).find(workload.name) != std::string_view::npos;
}

void Prepare(const Place& place, const std::string& tiny) {
  WriteFile(place.directory + "/root-program", tiny, 0);
  WriteFile(place.directory + "/user-program", tiny, kUser);
  WriteFile(place.directory + "/denied-program", tiny, kUser);
  WriteFile(place.directory + "/root-file", "some words of a file\n", 0);
  WriteFile(place.directory + "/user-file", "some words of a file\n", kUser);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    fmt::print(stderr, "usage: exec_bench TINY SLICES NAME=DIR[@PID]...\n");
    return 2;
  }
  const std::string tiny = ReadWhole(argv[1]);
  const int slices = std::max(std::atoi(argv[2]), 1);
  std::vector<Place> places;
  for (int i = 3; i < argc; ++i) {
    const std::string text = argv[i];
    const size_t equals = text.find('=');
    if (equals == std::string::npos) Die(text);
    const size_t at = std::min(text.find('@', equals), text.size());
    places.push_back({text.substr(0, equals), text.substr(equals + 1, at - equals - 1),
                      text.substr(std::min(at + 1, text.size()))});
  }
  for (const Place& place : places) Prepare(place, tiny);
  for (const Workload& workload : Workloads(tiny)) {
    if (!IsWanted(workload)) continue;
    Report(workload, places, MeasureAll(workload, places, slices));
  }
  return 0;
}
