"""What is measured: ratios taken side by side in one run."""
